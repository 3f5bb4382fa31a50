// What we believe of one source: its filter, and what it has said lately that the filter did not
// believe. A single far-off sample never enters the filter; five that agree with each other do.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "agent/core/delay_model.hpp"
#include "agent/core/kalman_filter.hpp"
#include "agent/core/sample.hpp"

namespace slewd::core {

class SourceTrack {
 public:
  // What the source claims now: its filter's view, or the dissenting samples' when it dissents.
  struct Claim {
    Estimate estimate;
    bool dissents = false;
  };

  SourceTrack() : filter_(kWander) {}

  // The frequency that a filter starts from, with its standard deviation (ratio).
  void expect_frequency(double frequency, double sd);

  // How much the oscillator wanders, as the filter bank has found (KalmanFilter's unit).
  void expect_wander(double wander) { filter_.set_wander(wander); }

  // `threshold`: how far from its prediction a sample may lie and still enter the filter.
  // `accept_any`: in Hold, offsets are taken even when they look like spikes.
  // Returns whether the filter began anew because sample after sample surprised it: whoever has
  // learned from the same samples is certain of the same wrong frequency.
  bool add(const Sample& sample, Nanos threshold, bool accept_any);

  // RAW stood still (KalmanFilter::shift). What dissented belongs to the time before.
  void shift(Nanos shift, double sd);
  // KalmanFilter::doubt_frequency.
  void doubt_frequency(RawTime when, double sd) { filter_.doubt_frequency(when, sd); }
  // The source's new offset is the truth (Event 50): begin again from its dissenting samples.
  void adopt_dissent();
  // The old prediction was right: forget what dissented.
  void forget_dissent() { dissent_.clear(); }
  // A source that the others outvote: once it has dissented long enough, its own view follows it.
  void settle();

  [[nodiscard]] bool has_claim() const { return filter_.started(); }
  [[nodiscard]] Claim claim(RawTime when) const;
  [[nodiscard]] const std::optional<Sample>& last() const { return last_; }
  [[nodiscard]] const DelayNoise& last_noise() const { return last_noise_; }  // of last()
  [[nodiscard]] bool dissents() const { return !dissent_.empty(); }
  // Half the round trip to the reference and all dispersion, aged (RFC 5905 section 11.2: the root
  // distance without the offset's own deviation).
  [[nodiscard]] Nanos root_distance(RawTime now) const;
  // The part of it that the time since the last sample has added.
  [[nodiscard]] Nanos age_dispersion(RawTime now) const;

 private:
  struct Remembered {
    Sample sample;
    double variance = 0;
  };
  void restart_from(const Sample& sample, double variance);
  void doubt_expected_frequency(Nanos residual, Nanos since_last);

  static constexpr double kWander = 1e-8;  // a virtual machine's oscillator (docs/discipline.md)
  [[nodiscard]] double dissent_frequency(double prior) const;

  static constexpr std::size_t kDissentKept = 5;
  static constexpr std::size_t kDissentForFrequency = 3;
  DelayModel delays_;
  KalmanFilter filter_;
  std::vector<Remembered> dissent_;
  int restarts_ = 0;   // in a row, without a sample between that was followed
  int surprises_ = 0;  // consecutive samples that the filter cannot explain
  std::optional<Sample> last_;
  DelayNoise last_noise_;
  double expected_frequency_ = 0;
  double sd_expected_ = 100e-6;
};

}  // namespace slewd::core
