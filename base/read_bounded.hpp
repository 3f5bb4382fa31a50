// SPDX-License-Identifier: Apache-2.0
// Reads a descriptor to its end, up to a bound: longer data is an error, and
// is dropped.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"

namespace slewd {

// Blocks as read(2) does. Errors: `limit`, with the bound; else the error of read(2).
[[nodiscard]] Result<std::string> read_bounded(int fd, std::size_t max_bytes);

}  // namespace slewd
