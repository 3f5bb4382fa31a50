// SPDX-License-Identifier: Apache-2.0
// A free TCP port of the loopback interface.
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace slewd::lab {

// `wanted` if it is free, or for 0 one that the kernel picks; system_error when `wanted` is taken.
// Another process can take it before it is used: a later bind may fail.
[[nodiscard]] Result<std::uint16_t> free_port(int wanted);

}  // namespace slewd::lab
