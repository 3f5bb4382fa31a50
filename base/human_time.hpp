// SPDX-License-Identifier: Apache-2.0
// Long durations as people say them.
#pragma once

#include <string>

#include "base/frequency.hpp"
#include "base/timeline.hpp"

namespace slewd {

// The two largest units: "6 h 7 min", "1 min 50 s", "255 d"; below a
// minute whole seconds ("11 s") or what format_rounded() says.
[[nodiscard]] std::string human_time(Nanos duration);

// "500 ppm", "83333 ppm", "0.25 ppm": at most three decimals.
[[nodiscard]] std::string human_rate(Ppm rate);

}  // namespace slewd
