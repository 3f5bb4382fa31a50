// SPDX-License-Identifier: Apache-2.0
#include "sim/oscillator.hpp"

#include <algorithm>
#include <utility>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

__extension__ using Wide = __int128;

constexpr double kMostError = 0.1;  // no slew could make up for more
constexpr int kRateBits = 60;
constexpr std::uint64_t kFractionMask = (std::uint64_t{1} << kRateBits) - 1;

}  // namespace

Oscillator::Oscillator(OscillatorLaw law, Random random, TrueTime start, RawTime raw)
    : law_(std::move(law)),
      random_(random),
      segment_(start),
      segment_raw_(raw),
      next_second_(start + 1s),
      stopped_until_(start) {
  retune(start);
}

RawTime Oscillator::raw_at(TrueTime now) {
  while (next_second_ <= now) {
    begin_segment(next_second_);
    walk_ += law_.wander * random_.normal();
    retune(next_second_);
    next_second_ += 1s;
  }
  std::uint64_t fraction = 0;
  return raw_in_segment(now, fraction);
}

TrueTime Oscillator::when(RawTime raw) const {
  const Nanos ahead = raw - segment_raw_;
  if (ahead <= Nanos{0}) return segment_;
  // ahead / (1 + rate) by iteration: each round shrinks the error by the rate, at most a tenth.
  Nanos guess = ahead;
  std::uint64_t fraction = 0;
  for (int round = 0; round < 20; ++round) {
    const Nanos missing = raw - raw_in_segment(segment_ + guess, fraction);
    if (missing == Nanos{0}) break;
    guess += missing;
  }
  // A fast oscillator leaves out some values of RAW: then the first one after counts.
  while (raw_in_segment(segment_ + guess, fraction) < raw) guess += Nanos{1};
  return segment_ + guess;
}

Ppm Oscillator::frequency() const { return from_ratio(static_cast<double>(rate_) * 0x1p-60); }

void Oscillator::shift_frequency(TrueTime now, Ppm by) {
  static_cast<void>(raw_at(now));
  begin_segment(now);
  law_.frequency = law_.frequency + by;
  retune(now);
}

void Oscillator::stop(TrueTime now, TrueTime until) {
  static_cast<void>(raw_at(now));
  begin_segment(now);
  stopped_until_ = std::max(stopped_until_, until);
  segment_ = stopped_until_;
}

RawTime Oscillator::raw_in_segment(TrueTime now, std::uint64_t& fraction) const {
  fraction = segment_fraction_;
  if (now <= segment_) return segment_raw_;
  const std::int64_t elapsed = (now - segment_).count();
  const Wide gained = static_cast<Wide>(elapsed) * rate_ + static_cast<Wide>(segment_fraction_);
  fraction = static_cast<std::uint64_t>(gained) & kFractionMask;
  return segment_raw_ + Nanos{elapsed + static_cast<std::int64_t>(gained >> kRateBits)};
}

void Oscillator::begin_segment(TrueTime at) {
  if (at <= segment_) return;  // standing still
  std::uint64_t fraction = 0;
  segment_raw_ = raw_in_segment(at, fraction);
  segment_fraction_ = fraction;
  segment_ = at;
}

void Oscillator::retune(TrueTime at) {
  double ratio = to_ratio(law_.frequency) + walk_;
  if (law_.drift) ratio += to_ratio(law_.drift(at));
  rate_ = static_cast<std::int64_t>(std::clamp(ratio, -kMostError, kMostError) * 0x1p60);
}

}  // namespace slewd::sim
