// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel_clock.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/duration.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

__extension__ using Wide = __int128;

constexpr std::int64_t kUnitsPerPpm = 65'536;                  // the kernel's frequency unit
constexpr std::int64_t kRateScale = kUnitsPerPpm * 1'000'000;  // units of a rate of one
constexpr std::int64_t kUnitsPerTick = 100 * kUnitsPerPpm;
constexpr std::int64_t kFrequencyMost = 500 * kUnitsPerPpm;
constexpr std::int64_t kRawForEachShot = 2'000;  // at 500 ppm, 1 ns of slew takes 2000 ns

constexpr Nanos kDay = 24h;

}  // namespace

KernelClock::KernelClock(RawTime raw, WallTime wall, MonoTime mono)
    : raw_(raw),
      mono_(mono),
      wall_offset_(wall.since_epoch - mono.since_epoch),
      max_error_set_(mono) {}

void KernelClock::advance_to(RawTime raw) {
  if (raw <= raw_) return;
  const Nanos ahead = raw - raw_;
  const WallTime before = wall();
  std::int64_t fraction = 0;
  mono_ += gain_over(ahead, fraction);
  fraction_ = fraction;
  singleshot_raw_left_ -= std::min(singleshot_raw_left_, ahead);
  raw_ = raw;
  if (max_error() >= kMaxErrorLimit) status_ |= kStatusUnsync;
  apply_leap(before);
}

RawTime KernelClock::raw_when(MonoTime mono) const {
  const Nanos wanted = mono - mono_;
  if (wanted <= Nanos{0}) return raw_;
  std::int64_t fraction = 0;
  // Each round shrinks the error by the rate, at most 10.1 %.
  Nanos ahead = wanted;
  for (int round = 0; round < 20; ++round) {
    const Nanos missing = wanted - gain_over(ahead, fraction);
    if (missing == Nanos{0}) break;
    ahead += missing;
  }
  while (gain_over(ahead, fraction) < wanted) ahead += Nanos{1};
  return raw_ + ahead;
}

void KernelClock::set_frequency(Ppm frequency) {
  const double units = frequency.value * static_cast<double>(kUnitsPerPpm);
  constexpr auto kMost = static_cast<double>(kFrequencyMost);
  const double bounded = std::clamp(std::isnan(units) ? 0.0 : units, -kMost, kMost);
  frequency_ = static_cast<std::int64_t>(bounded < 0 ? bounded - 0.5 : bounded + 0.5);
  rate_changed();
}

Ppm KernelClock::frequency() const {
  return Ppm{static_cast<double>(frequency_) / static_cast<double>(kUnitsPerPpm)};
}

Result<void> KernelClock::set_tick(int tick) {
  if (std::abs(tick - kTickNominal) > tick_span_) {
    return fail(ErrorCode::invalid, "tick " + std::to_string(tick) + " is outside [" +
                                        std::to_string(kTickNominal - tick_span_) + ", " +
                                        std::to_string(kTickNominal + tick_span_) + "]");
  }
  tick_ = tick;
  rate_changed();
  return {};
}

Ppm KernelClock::rate() const {
  const std::int64_t shot = singleshot_raw_left_ > Nanos{0} ? singleshot_sign_ * kFrequencyMost : 0;
  return Ppm{static_cast<double>(scaled_rate() + shot) / static_cast<double>(kUnitsPerPpm)};
}

Result<void> KernelClock::start_singleshot(Nanos amount) {
  if (magnitude(amount) > kSingleshotLimit) {
    return fail(ErrorCode::invalid,
                "adjtime by " + format(amount) + " is beyond " + format(kSingleshotLimit));
  }
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(magnitude(amount));
  singleshot_raw_left_ = Nanos{whole} * kRawForEachShot;
  singleshot_sign_ = amount < Nanos{0} ? -1 : 1;
  rate_changed();
  return {};
}

Nanos KernelClock::singleshot_remaining() const {
  return singleshot_raw_left_ / kRawForEachShot * singleshot_sign_;
}

void KernelClock::step(Nanos by) {
  clear_ntp_state();
  move_wall(SetKind::step, by);
}

void KernelClock::resume_after(Nanos away, Nanos wall_error) {
  suspended_ += away;
  clear_ntp_state();
  move_wall(SetKind::resume, away + wall_error);
}

void KernelClock::set_status(int bits) {
  status_ = bits;
  if ((bits & (kStatusInsert | kStatusDelete)) == 0) leap_done_ = false;
}

void KernelClock::set_max_error(Nanos error) {
  max_error_ = error;
  max_error_set_ = mono_;
}

Nanos KernelClock::max_error() const {
  const Nanos grown = (mono_ - max_error_set_) / kRawForEachShot;
  return std::min(kMaxErrorLimit, max_error_ + grown);
}

std::int64_t KernelClock::scaled_rate() const {
  return (tick_ - kTickNominal) * kUnitsPerTick + frequency_;
}

// What MONO gains while RAW gains `raw_ahead`, and the fraction of a nanosecond left over.
Nanos KernelClock::gain_over(Nanos raw_ahead, std::int64_t& fraction) const {
  const Nanos shot = std::min(raw_ahead, singleshot_raw_left_) * singleshot_sign_;
  const Wide extra = static_cast<Wide>(raw_ahead.count()) * scaled_rate() +
                     static_cast<Wide>(shot.count()) * kFrequencyMost + fraction_;
  std::int64_t whole = 0;
  if (const auto narrow = static_cast<std::int64_t>(extra); narrow == extra) {  // far quicker
    whole = narrow / kRateScale;
    fraction = narrow % kRateScale;
  } else {
    whole = static_cast<std::int64_t>(extra / kRateScale);
    fraction = static_cast<std::int64_t>(extra % kRateScale);
  }
  if (fraction < 0) {  // floor, so that the result does not depend on how time was cut
    fraction += kRateScale;
    --whole;
  }
  return raw_ahead + Nanos{whole};
}

void KernelClock::move_wall(SetKind kind, Nanos by) {
  wall_offset_ += by;
  if (on_set_) on_set_(kind, by);
}

void KernelClock::clear_ntp_state() {
  const bool was_slewing = singleshot_raw_left_ > Nanos{0};
  singleshot_raw_left_ = Nanos{0};
  status_ |= kStatusUnsync;
  set_max_error(kMaxErrorLimit);
  estimated_error_ = kMaxErrorLimit;
  if (was_slewing) rate_changed();
}

// STA_INS shows 23:59:59 twice: WALL goes back by a second at midnight. STA_DEL leaves it out.
void KernelClock::apply_leap(WallTime before) {
  if (leap_done_ || (status_ & (kStatusInsert | kStatusDelete)) == 0) return;
  const bool insert = (status_ & kStatusInsert) != 0;
  const Nanos lead = insert ? 0s : 1s;
  if ((before.since_epoch + lead) / kDay == (wall().since_epoch + lead) / kDay) return;
  leap_done_ = true;
  tai_offset_ += insert ? 1 : -1;
  move_wall(SetKind::leap, insert ? -1s : 1s);
}

void KernelClock::rate_changed() {
  if (on_rate_) on_rate_();
}

}  // namespace slewd::sim
