// SPDX-License-Identifier: Apache-2.0
// A password, an address or a token in its own file, so that no configuration,
// command line or log shows it.
#pragma once

#include <string>

#include "base/result.hpp"

namespace slewd {

struct Secret {
  std::string value;    // the file's first line
  std::string warning;  // why the file is not safe; empty when it is
};

// Errors: no such file, no permission to read it, not a regular file, more than
// limits::kSecretBytes.
[[nodiscard]] Result<Secret> read_secret(const std::string& path);

}  // namespace slewd
