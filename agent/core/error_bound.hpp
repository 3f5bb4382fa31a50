// How far the clock can be from the truth: the number that alerts and gates should use.
#pragma once

#include "base/timeline.hpp"

namespace slewd::core {

struct ErrorBudget {
  Nanos offset{};           // what we know and have not yet corrected
  Nanos root_delay{};       // half of it may hide in asymmetry
  Nanos root_dispersion{};  // what the sources admit
  double sd = 0;            // s, of our own estimate
  Nanos age{};              // since that estimate
  Nanos unexplained{};      // by which the newest sample lies beyond what the estimate can explain
};

// |offset| + root delay/2 + root dispersion + 4 sd + 15 ppm of age (RFC 5905 PHI) + unexplained.
[[nodiscard]] constexpr Nanos error_bound(const ErrorBudget& budget) {
  constexpr double kDeviations = 4;
  constexpr double kDrift = 15e-6;
  const double age = to_seconds(budget.age);
  return magnitude(budget.offset) + budget.root_delay / 2 + budget.root_dispersion +
         budget.unexplained + from_seconds(kDeviations * budget.sd + (age > 0 ? kDrift * age : 0));
}

}  // namespace slewd::core
