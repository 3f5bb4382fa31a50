// SPDX-License-Identifier: Apache-2.0
// The least delay that a server has shown of late, whether the sample was used or not: what a delay
// is compared with (SourceConfig::max_delay_ratio). A path that has become longer for good is the
// known one after an hour at most.
#pragma once

#include <algorithm>
#include <optional>

#include "base/timeline.hpp"

namespace slewd::core {

class LeastDelay {
 public:
  void add(RawTime at, Nanos delay) {
    if (!began_ || at - *began_ >= kHalf) {
      older_ = began_ && at - *began_ < 2 * kHalf ? newer_ : std::nullopt;
      newer_.reset();
      began_ = at;
    }
    newer_ = newer_ ? std::min(*newer_, delay) : delay;
  }
  // Of the last 30 to 60 minutes in which there were samples; without value before the first.
  [[nodiscard]] std::optional<Nanos> least() const {
    if (older_ && newer_) return std::min(*older_, *newer_);
    return newer_;
  }

 private:
  static constexpr Nanos kHalf = std::chrono::minutes(30);
  std::optional<RawTime> began_;
  std::optional<Nanos> newer_;
  std::optional<Nanos> older_;
};

}  // namespace slewd::core
