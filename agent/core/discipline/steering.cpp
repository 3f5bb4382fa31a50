// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/steering.hpp"

#include <algorithm>
#include <cmath>

namespace slewd::core {
namespace {

constexpr Nanos kNegligible{50};  // ns: below what a frequency change can place
constexpr Nanos kLargeIsDone = std::chrono::milliseconds(1);
constexpr Nanos kShortest = std::chrono::seconds(1);  // small corrections are not laid shorter
constexpr Nanos kShortestSlew = std::chrono::milliseconds(1);
constexpr Ppm kSingleShotRate{500};  // adjtime() knows no other
constexpr Nanos kShotWorthwhile = std::chrono::milliseconds(4);
// The kernel adjusts by whole seconds: up to 0.5 ms of what an earlier shot has begun may still
// come on top. The end of the way is left to the frequency.
constexpr Nanos kShotMargin = std::chrono::milliseconds(1);

}  // namespace

Ppm Steering::limit(Ppm headroom) const {
  const Ppm wanted = large_ ? config_.large_offset_slew : config_.max_slew;
  return std::min(wanted, headroom);
}

std::optional<Slew> Steering::plan(Nanos offset, Nanos spread, Ppm headroom, Ppm excess) {
  const Nanos size = magnitude(offset);
  if (size > config_.large_offset) large_ = true;
  if (size < kLargeIsDone) large_ = false;
  if (size <= kNegligible && excess == Ppm{0}) return std::nullopt;
  // A large error goes at the full rate to its end: a spread end would take as long as the rest.
  const double seconds = to_seconds(large_ ? kShortest : std::max(spread, kShortest));
  const double rate = std::min(to_seconds(size) / seconds, to_ratio(limit(headroom)));
  const double sign = offset < Nanos{0} ? -1 : 1;
  if (excess != Ppm{0}) return with_excess(sign * rate, size, excess, headroom);
  if (from_ratio(rate) == kSingleShotRate && size >= kShotWorthwhile)
    return single_shot(size, sign);
  // The slew acts on RAW, its end is timed on MONO, which runs at the slewed rate itself.
  const double needed = to_seconds(size) / rate * (1 + sign * rate);
  return Slew{from_ratio(sign * rate),
              std::clamp(from_seconds(needed), kShortestSlew, config_.lease)};
}

Slew Steering::with_excess(double rate, Nanos size, Ppm excess, Ppm headroom) const {
  const Ppm most = std::min(std::max(config_.large_offset_slew, config_.max_slew), headroom);
  const double total = rate + to_ratio(excess);
  const double limited = std::clamp(total, -to_ratio(most), to_ratio(most));
  const double needed = std::abs(rate) > 0 ? to_seconds(size) / std::abs(rate) : 0;
  const Nanos duration = needed > 0 ? from_seconds(needed * (1 + limited)) : config_.lease;
  return Slew{from_ratio(limited), std::clamp(duration, kShortest, config_.lease)};
}

// Renewed in the middle, so that it does not pause, but never longer than the lease.
Slew Steering::single_shot(Nanos size, double sign) const {
  const double rate = to_ratio(kSingleShotRate);
  const double most = rate * to_seconds(config_.lease);
  const double amount = std::min(most, to_seconds(size - kShotMargin));
  const double until = amount < most ? amount : most / 2;
  return {.rate = from_ratio(sign * rate),
          .duration = from_seconds(until / rate * (1 + sign * rate)),
          .means = SlewMeans::single_shot,
          .amount = from_seconds(sign * amount)};
}

Nanos Steering::eta(Nanos offset, Ppm headroom) const {
  const Nanos size = magnitude(offset);
  const bool fast = large_ || size > config_.large_offset;
  const Ppm rate = std::min(fast ? config_.large_offset_slew : config_.max_slew, headroom);
  return from_seconds(to_seconds(size) / to_ratio(rate));
}

StepDecision decide_startup_step(Nanos offset, bool ever_synchronized, const StepConfig& config,
                                 BootTime uptime) {
  if (ever_synchronized || magnitude(offset) <= config.threshold) return StepDecision::slew;
  const bool forward = offset > Nanos{0};
  switch (config.at_startup) {
    case StartupStep::never:
      return StepDecision::slew;
    case StartupStep::forward:
      return forward ? StepDecision::step : StepDecision::slew;
    case StartupStep::boot:
      return forward || uptime.since_epoch < config.boot_window ? StepDecision::step
                                                                : StepDecision::slew;
    case StartupStep::any:
      return StepDecision::step;
  }
  return StepDecision::slew;
}

}  // namespace slewd::core
