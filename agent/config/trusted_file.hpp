// SPDX-License-Identifier: Apache-2.0
// Reads the files that control the daemon: the configuration and the rules. Other users must not be
// able to write them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace slewd::app {

// Whether this process is root or may set the clock.
[[nodiscard]] bool has_powers();

// Errors: `permission` when a user other than root and this one can write or replace the file, with
// the command that fixes this. A folder on a read-only mount is not checked.
[[nodiscard]] Result<void> check_trusted(const std::string& path);

// Like read_file(), but an untrusted file is an error if has_powers(), else a warning.
[[nodiscard]] Result<std::string> read_trusted_file(const std::string& path, std::size_t max_bytes,
                                                    std::vector<std::string>& warnings);

}  // namespace slewd::app
