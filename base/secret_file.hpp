// SPDX-License-Identifier: Apache-2.0
// A password, an address or a token that lives in a file of its own, so that no configuration,
// command line or log shows it.
#pragma once

#include <string>

#include "base/result.hpp"

namespace slewd {

struct Secret {
  std::string value;    // the file's first line
  std::string warning;  // why the file is badly kept; empty when it is well kept
};

// Errors: no such file, no right to read it, no regular file, more than limits::kSecretBytes.
[[nodiscard]] Result<Secret> read_secret(const std::string& path);

}  // namespace slewd
