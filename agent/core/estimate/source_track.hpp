// SPDX-License-Identifier: Apache-2.0
// What one source claims: the level of its samples, and what it has said lately that is too far off
// to be believed at once. Its frequency is not its own: all sources measure the same oscillator, so
// the level is carried by the common one and never strays from the source's own answers.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "agent/core/estimate/delay_model.hpp"
#include "agent/core/estimate/line_fit.hpp"
#include "agent/core/sample.hpp"

namespace slewd::core {

// Of an oscillator that is not known yet, s/s per square root of a second: a virtual machine's
// (docs/design/discipline.md).
inline constexpr double kUsualWander = 1e-8;

class SourceTrack {
 public:
  // What the source claims now: its level, or the dissenting samples' when it dissents.
  struct Claim {
    Estimate estimate;
    bool dissents = false;
    double age_variance = 0;  // s^2, of its phase: what the time since the last sample has added
  };

  // What is known of the path: its least round trip (zero = it is learnt), and the share of the
  // excess beyond it by which the phase is corrected (SourceConfig::asymmetry).
  void know_path(Nanos min_delay, double asymmetry) {
    delays_.set_minimum(min_delay);
    asymmetry_ = asymmetry;
  }
  // The common frequency, with its standard deviation (ratio), and how much it wanders (s/s per
  // square root of a second).
  void follow(double frequency, double sd, double wander);

  // `threshold`: how far from its prediction a sample may lie and not dissent.
  // `accept_any`: in Hold, offsets are taken even when they look like spikes.
  void add(Sample sample, Nanos threshold, bool accept_any);

  // RAW stood still: the phase has moved by `shift`, known to `sd` seconds. What dissented belongs
  // to the time before.
  void shift(Nanos shift, double sd);
  // The source's new offset is the truth (Event 50): begin again from its dissenting samples.
  void adopt_dissent();
  // The old prediction was right: forget what dissented.
  void forget_dissent() { dissent_.clear(); }
  // A source that the others outvote: once it has dissented long enough, its own view follows it.
  void settle();

  [[nodiscard]] bool has_claim() const { return level_.has_value(); }
  [[nodiscard]] Claim claim(RawTime when) const;
  [[nodiscard]] const std::optional<Sample>& last() const { return last_; }
  // When its first sample was taken; empty before that.
  [[nodiscard]] std::optional<RawTime> known_since() const { return known_since_; }
  [[nodiscard]] const DelayNoise& last_noise() const { return last_noise_; }  // of last()
  [[nodiscard]] bool dissents() const { return !dissent_.empty(); }
  // When the oldest sample that dissents was taken.
  [[nodiscard]] std::optional<RawTime> dissents_since() const;
  // How far the source has moved since `from` against its own past: by what dissents, or by what
  // has been adopted. 0 = not at all.
  [[nodiscard]] Nanos moved_since(RawTime from) const;
  // Whether what dissents lies on a line that left the level since its newest sample: so moves an
  // oscillator that has leapt. A server that was set does not move on.
  [[nodiscard]] bool dissents_as_oscillator() const;
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
  void begin_at(const Sample& sample, double variance);
  void update(const Sample& sample, double variance);
  [[nodiscard]] Estimate predict(RawTime when) const;
  [[nodiscard]] LineFit dissent_line() const;
  [[nodiscard]] double dissent_span() const;  // s, from its first sample to its last
  [[nodiscard]] double dissent_frequency(double prior) const;

  static constexpr std::size_t kDissentKept = 5;
  static constexpr std::size_t kDissentForFrequency = 3;
  DelayModel delays_;
  double asymmetry_ = 0;
  std::optional<Estimate> level_;  // as of the newest sample
  std::vector<Remembered> dissent_;
  // What adopt_dissent() made of the level last.
  struct Adopted {
    RawTime since;
    Nanos by{};
  };
  std::optional<Adopted> adopted_;
  std::optional<RawTime> known_since_;
  std::optional<Sample> last_;
  DelayNoise last_noise_;
  double frequency_ = 0;
  double sd_frequency_ = 100e-6;
  double wander_ = kUsualWander;
};

}  // namespace slewd::core
