// SPDX-License-Identifier: Apache-2.0
// A clock that is steered without any kernel in between: it runs at the frequency that its owner
// believes in, and slews what is left at the configured rates.
#pragma once

#include <algorithm>

#include "agent/core/config.hpp"
#include "agent/core/sample.hpp"

namespace slewd::tests {

class IdealClock {
 public:
  // `lead`: what the clock shows more than RAW.
  IdealClock(RawTime raw, Nanos lead) : raw_(raw), lead_(lead) {}

  // Somebody has set it.
  void move(Nanos by) { lead_ += by; }
  void run_at(double frequency) { frequency_ = std::clamp(frequency, -kFastest, kFastest); }
  // From here on it slews to `target`, which is true time less RAW now.
  void slew_to(Nanos target, const core::SteeringConfig& steering) {
    left_ = target - lead_;
    rate_ = magnitude(left_) > steering.large_offset
                ? std::max(steering.large_offset_slew, steering.max_slew)
                : steering.max_slew;
  }
  // Lets time pass up to `raw`.
  void advance(RawTime raw) {
    const double passed = to_seconds(raw - raw_);
    raw_ = raw;
    const Nanos most = from_seconds(to_ratio(rate_) * passed);
    const Nanos slewed = std::clamp(left_, -most, most);
    left_ -= slewed;
    lead_ += from_seconds(frequency_ * passed) + slewed;
  }

  [[nodiscard]] Nanos lead() const { return lead_; }
  [[nodiscard]] double frequency() const { return frequency_; }

 private:
  static constexpr double kFastest = 2500e-6;  // no oscillator is that far off

  RawTime raw_;
  Nanos lead_;
  double frequency_ = 0;
  Nanos left_{};  // to slew
  Ppm rate_;
};

}  // namespace slewd::tests
