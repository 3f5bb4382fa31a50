// SPDX-License-Identifier: Apache-2.0
// How far the clock can be from the truth: the number that alerts and gates should use.
#pragma once

#include <algorithm>

#include "base/timeline.hpp"

namespace slewd::core {

// Standard deviations within which the truth is claimed to lie, wherever slewd claims it.
inline constexpr double kBoundDeviations = 4;

// By so much an estimate may be wrong for each second of its age (RFC 5905 PHI).
inline constexpr double kBoundDrift = 15e-6;

struct ErrorBudget {
  Nanos offset{};           // what we know and have not yet corrected
  Nanos root_delay{};       // half of it may hide in asymmetry
  Nanos root_dispersion{};  // what the sources admit
  double sd = 0;            // s, of our own estimate
  Nanos age{};              // since that estimate
  Nanos interval{};         // to the far end of the interval that the majority shares
  Nanos unexplained{};      // by which the newest sample lies beyond what the estimate can explain
  double unexplained_rate = 0;  // s/s: at which that may go on growing
};

// |offset| + what the best source and our own estimate admit, or the majority's interval where that
// is wider (root delay/2 + root dispersion + 4 sd) + 15 ppm of age + unexplained.
[[nodiscard]] constexpr Nanos error_bound(const ErrorBudget& budget) {
  const double age = to_seconds(budget.age);
  const Nanos admitted =
      budget.root_delay / 2 + budget.root_dispersion + from_seconds(kBoundDeviations * budget.sd);
  return magnitude(budget.offset) + std::max(admitted, budget.interval) + budget.unexplained +
         from_seconds(age > 0 ? (kBoundDrift + budget.unexplained_rate) * age : 0);
}

}  // namespace slewd::core
