// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/slope_watch.hpp"

#include <utility>

namespace slewd::core {
void SlopeWatch::forget() {
  begin_.reset();
  former_.reset();
}

bool SlopeWatch::goes_on(std::optional<Ppm> rate, std::uint64_t changes) const {
  if (!begin_ || begin_->changes != changes) return false;
  if (!rate || !begin_->rate) return rate == begin_->rate;
  return magnitude(*rate - *begin_->rate) <= kReadBackTolerance;
}

std::optional<Ppm> SlopeWatch::look(const ClockReading& now, std::optional<Ppm> rate,
                                    std::uint64_t changes) {
  if (!goes_on(rate, changes)) {
    if (!begin_ || begin_->changes != changes) former_.reset();
    begin_ = {now, rate, changes};
    return std::nullopt;
  }
  const Nanos raw = now.raw - begin_->clocks.raw;
  if (raw < span_) return std::nullopt;
  const Begin former = std::exchange(*begin_, {now, rate, changes});
  const Nanos gained = (now.mono - former.clocks.mono) - raw;
  const Ppm slope = from_ratio(to_seconds(gained) / to_seconds(raw));
  const auto expected = rate ? rate : std::exchange(former_, slope);
  if (!expected) return std::nullopt;
  const double width = to_seconds(now.width + former.clocks.width) / to_seconds(raw);
  const Ppm difference = slope - *expected;
  if (magnitude(difference) <= tolerance_ + from_ratio(width)) return std::nullopt;
  return difference;
}

}  // namespace slewd::core
