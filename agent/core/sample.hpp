// SPDX-License-Identifier: Apache-2.0
// One measurement of true time against the un-slewed timeline (docs/design/adr/0002): our own slews
// and other people's steps of the wall clock cannot enter it.
#pragma once

#include "agent/core/ports.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

// `phase` = true time (ns since 1970) minus RAW, at the RAW moment `at`.
struct Sample {
  RawTime at;
  Nanos phase{};
  Nanos delay{};       // round trip less the server's own time, >= 0
  Nanos root_delay{};  // of the server, to its reference
  Nanos root_dispersion{};
  Nanos precision{};  // of server and stamps together
  int stratum = 16;
  Leap leap = Leap::none;
};

// Where true time lies against RAW, with its uncertainty: what filters produce, what steering uses.
struct Estimate {
  RawTime at;
  Nanos phase{};          // true time minus RAW at `at`
  double frequency = 0;   // d(phase)/d(RAW), dimensionless
  double var_phase = 0;   // s^2
  double covariance = 0;  // s
  double var_frequency = 0;

  [[nodiscard]] Nanos phase_at(RawTime when) const {
    return phase + from_seconds(frequency * to_seconds(when - at));
  }
  // Standard deviation of phase_at(when) in seconds, for a frequency that does not wander.
  [[nodiscard]] double sd_at(RawTime when) const;
  // The same belief at another moment.
  [[nodiscard]] Estimate carried_to(RawTime when) const;
  // Positive = the wall clock is behind the truth (NTP theta).
  [[nodiscard]] Nanos offset_of(const ClockReading& now) const {
    return Nanos{(now.raw.since_epoch + phase_at(now.raw)) - now.wall.since_epoch};
  }
};

}  // namespace slewd::core
