// SPDX-License-Identifier: Apache-2.0
// A TCP port of the loopback interface that nobody listens on.
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace slewd::lab {

// `wanted` if it is free, or for 0 one that the kernel picks; system_error when `wanted` is taken.
// Somebody else can take it before it is used: whoever binds it must be ready for that.
[[nodiscard]] Result<std::uint16_t> free_port(int wanted);

}  // namespace slewd::lab
