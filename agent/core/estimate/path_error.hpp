// SPDX-License-Identifier: Apache-2.0
// What is admitted of the error of a path and its server before anything is learned of it.
#pragma once

#include <cmath>

#include "agent/core/sample.hpp"

namespace slewd::core {

// Asymmetries of the hops of a path add up like independent errors: a path of 10 ms is off by some
// 0.2 ms, one of 40 ms by some 0.4 ms.
inline constexpr double kPathError = 0.002;  // s per square root of a second

// Standard deviation, s; `least_delay` of the path. What the server admits counts as well: its own
// distance from the truth is a constant error of the path as far as we can see, and we take half of
// the most that it may be for its deviation.
[[nodiscard]] inline double path_error_sd(const Sample& sample, Nanos least_delay) {
  const double path = kPathError * std::sqrt(to_seconds(least_delay));
  const double server = to_seconds(sample.root_delay) / 2 + to_seconds(sample.root_dispersion);
  return std::hypot(path, server / 2);
}

}  // namespace slewd::core
