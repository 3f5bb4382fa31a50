// SPDX-License-Identifier: Apache-2.0
#include "agent/core/sample.hpp"

#include <algorithm>
#include <cmath>

namespace slewd::core {

double Estimate::sd_at(RawTime when) const {
  const double t = to_seconds(when - at);
  // Rounding can make it negative where all is known well.
  return std::sqrt(std::max(0.0, var_phase + 2 * t * covariance + t * t * var_frequency));
}

Estimate Estimate::carried_to(RawTime when) const {
  const double t = to_seconds(when - at);
  Estimate next = *this;
  next.at = when;
  next.phase = phase_at(when);
  next.var_phase = var_phase + 2 * t * covariance + t * t * var_frequency;
  next.covariance = covariance + t * var_frequency;
  return next;
}

}  // namespace slewd::core
