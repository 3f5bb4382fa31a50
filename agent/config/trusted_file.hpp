// SPDX-License-Identifier: Apache-2.0
// Files that say what slewd does with its rights: the configuration and the rules. Another user
// must not be able to write them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace slewd::app {

// Whether this process has a right that others have not: it is root, or may set the clock.
[[nodiscard]] bool has_powers();

// Errors: `permission` when a user other than root and ours can write the file or replace it, with
// the command that ends this. A folder that is mounted read-only cannot be written by anybody.
[[nodiscard]] Result<void> check_trusted(const std::string& path);

// As read_file(). A file that is not to be trusted is refused where this process has powers; else
// `warnings` gets the reason.
[[nodiscard]] Result<std::string> read_trusted_file(const std::string& path, std::size_t max_bytes,
                                                    std::vector<std::string>& warnings);

}  // namespace slewd::app
