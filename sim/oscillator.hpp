// SPDX-License-Identifier: Apache-2.0
// A machine's oscillator: maps true time to CLOCK_MONOTONIC_RAW. Frequency error = constant +
// random walk + an optional law of true time (temperature, ageing), held over each true second and
// within 10 %.
// Results do not depend on how often it is read. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>

#include "base/frequency.hpp"
#include "sim/random.hpp"
#include "sim/true_time.hpp"

namespace slewd::sim {

struct OscillatorLaw {
  Ppm frequency{};    // positive = runs fast
  double wander = 0;  // standard deviation of the random walk's step in one second, as a ratio
  std::function<Ppm(TrueTime)> drift{};  // added; asked once for each true second; may be empty
};

class Oscillator {
 public:
  // RAW shows `raw` at true time `start`.
  Oscillator(OscillatorLaw law, Random random, TrueTime start, RawTime raw);

  // RAW at `now`, which must not go back.
  [[nodiscard]] RawTime raw_at(TrueTime now);
  // When RAW will reach `raw`, if the frequency stays as it is. Rounded up.
  [[nodiscard]] TrueTime when(RawTime raw) const;
  [[nodiscard]] Ppm frequency() const;  // the present error

  // A lasting change of frequency, as after a live migration.
  void shift_frequency(TrueTime now, Ppm by);
  // RAW stands still from `now` to `until`: suspend, or a paused virtual machine.
  void stop(TrueTime now, TrueTime until);
  [[nodiscard]] TrueTime stopped_until() const { return stopped_until_; }

 private:
  [[nodiscard]] RawTime raw_in_segment(TrueTime now, std::uint64_t& fraction) const;
  void begin_segment(TrueTime at);
  void retune(TrueTime at);

  OscillatorLaw law_;
  Random random_;
  double walk_ = 0;
  std::int64_t rate_ = 0;  // frequency error in units of 2^-60
  TrueTime segment_;       // where the present rate began
  RawTime segment_raw_;
  std::uint64_t segment_fraction_ = 0;  // ns in units of 2^-60, below 1 ns
  TrueTime next_second_;
  TrueTime stopped_until_;
};

}  // namespace slewd::sim
