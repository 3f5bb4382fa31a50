// SPDX-License-Identifier: Apache-2.0
// A wall time as text.
#pragma once

#include <string>

#include "base/timeline.hpp"

namespace slewd {

// RFC 3339: "2026-02-03T04:05:06.000000007Z", cut (not rounded) to `decimals` of 0 to 9.
[[nodiscard]] std::string utc_text(WallTime wall, std::size_t decimals = 9);

}  // namespace slewd
