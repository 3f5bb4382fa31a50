#include "agent/core/slope_watch.hpp"

#include <utility>

namespace slewd::core {
namespace {

constexpr Nanos kSpan = std::chrono::seconds(8);
// Below, a setting does no harm in a day, and the kernel's own rounding is near.
constexpr Ppm kTolerance{2};

}  // namespace

void SlopeWatch::forget() {
  begin_.reset();
  former_.reset();
}

std::optional<Ppm> SlopeWatch::look(const ClockReading& now, std::optional<Ppm> rate,
                                    std::uint64_t changes) {
  if (!begin_ || begin_->changes != changes || begin_->rate != rate) {
    if (!begin_ || begin_->changes != changes) former_.reset();
    begin_ = {now, rate, changes};
    return std::nullopt;
  }
  const Nanos raw = now.raw - begin_->clocks.raw;
  if (raw < kSpan) return std::nullopt;
  const Begin former = std::exchange(*begin_, {now, rate, changes});
  const Nanos gained = (now.mono - former.clocks.mono) - raw;
  const Ppm slope = from_ratio(to_seconds(gained) / to_seconds(raw));
  const auto expected = rate ? rate : std::exchange(former_, slope);
  if (!expected) return std::nullopt;
  const double width = to_seconds(now.width + former.clocks.width) / to_seconds(raw);
  const Ppm difference = slope - *expected;
  if (magnitude(difference) <= kTolerance + from_ratio(width)) return std::nullopt;
  return difference;
}

}  // namespace slewd::core
