// SPDX-License-Identifier: Apache-2.0
// The clock of a server that is a client itself, as chrony disciplines one: it wanders with an
// oscillator of its own, asks one right upstream server, follows a line through its last samples,
// and reports how far it may be off. What it shows does not depend on how often it is read.
#pragma once

#include <vector>

#include "base/frequency.hpp"
#include "sim/oscillator.hpp"
#include "sim/random.hpp"
#include "sim/true_time.hpp"

namespace slewd::sim {

// The server's oscillator, and its path to the upstream server.
struct UpstreamLaw {
  Nanos delay{};      // each way
  Nanos jitter{};     // mean of an exponential extra delay, each way for itself
  Ppm frequency{};    // of the server's oscillator
  double wander = 0;  // likewise, as in OscillatorLaw
  Nanos ahead{};      // of its clock at its boot
  Nanos up_for{};     // since its boot, when the world starts
};

class ServedClock {
 public:
  // Boots `law.up_for` before `start`. The streams are for its oscillator and for its path.
  ServedClock(const UpstreamLaw& law, Random oscillator, Random path, TrueTime start);

  // What a reply says.
  struct Reading {
    bool synchronised = false;  // false until there is a line to follow
    Nanos ahead{};              // shown less the truth
    Nanos root_delay{};
    Nanos root_dispersion{};
    Nanos age{};  // since the last update
  };
  // `now` must not go back.
  [[nodiscard]] Reading read(TrueTime now);

 private:
  // What the truth is ahead of RAW by one exchange with the upstream server; in seconds.
  struct Sample {
    double raw;
    double lead;
    double round_trip;
  };
  struct Line {
    double lead = 0;  // at the newest sample
    double slope = 0;
    double lead_sd = 0;
    double skew = 0;       // half the width of the slope's interval of confidence
    std::size_t runs = 0;  // of residuals on one side
    double least_delay = 0;
  };

  void exchange(TrueTime now);
  [[nodiscard]] Line fit() const;
  void follow(const Line& line, double raw);
  [[nodiscard]] double raw_seconds(TrueTime now);
  [[nodiscard]] double correction_at(double raw) const;

  UpstreamLaw law_;
  TrueTime booted_;
  Oscillator oscillator_;
  Random path_;
  TrueTime next_exchange_;
  int exchanges_ = 0;
  std::vector<Sample> samples_;
  int updates_ = 0;
  // The clock shows boot + RAW + correction. From `since_` on it has gained by the frequency, and
  // by a slew until that has done its amount.
  double correction_;
  double since_ = 0;
  double frequency_ = 0;
  double slew_rate_ = 0;
  double slew_time_ = 0;
  double skew_ = 1;  // nothing is known of the oscillator at first
  double offset_sd_ = 0;
  double round_trip_ = 0;
};

}  // namespace slewd::sim
