// SPDX-License-Identifier: Apache-2.0
// All that a descriptor still has to give, up to a bound: what is longer is somebody's mistake, and
// not kept.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"

namespace slewd {

// Blocks as read(2) does. Errors: `limit`, which says the bound; else why it cannot be read.
[[nodiscard]] Result<std::string> read_bounded(int fd, std::size_t max_bytes);

}  // namespace slewd
