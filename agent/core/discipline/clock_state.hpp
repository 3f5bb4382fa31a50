// SPDX-License-Identifier: Apache-2.0
// What is believed of the clock: the newest accepted estimate and what stands behind it, how far
// the clock may be off, which frequency it needs, and how its offset went. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "agent/core/discipline/phase_judge.hpp"
#include "agent/core/estimate/frequency_trust.hpp"
#include "agent/core/jumps/clock_event.hpp"
#include "agent/core/jumps/jump_classifier.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/sample.hpp"
#include "agent/core/snapshot.hpp"

namespace slewd::core {

// What stands behind the newest combined estimate.
struct Reference {
  Nanos root_delay{};  // to the stratum 1 reference, our own round trip included
  Nanos root_dispersion{};
  int stratum = 16;  // ours: one more than the source's
  Leap leap = Leap::unknown;
  std::size_t sources = 0;  // that agree
  Nanos poll_interval{};
  Nanos interval{};                  // from the estimate to the far end of what the majority shares
  Nanos unexplained{};               // of the newest sample (FilterBank::unexplained())
  double unexplained_rate = 0;       // s/s, at which it may go on growing
  bool open = false;                 // what the newest sample shows is not explained yet
  bool oscillator = false;           // what dissents moves as an oscillator that has leapt
  std::optional<HostMove> host;      // what a clock outside of this machine has shown
  std::optional<HostClock> battery;  // and what it shows
  std::size_t agreeing = 0;  // sources that answer within phase.panic of the clock as it stands
};

class ClockState {
 public:
  explicit ClockState(Ppm max_frequency) : trust_(max_frequency) {}

  void set_max_frequency(Ppm most) { trust_.set_most(most); }
  // What is known of the frequency before any sample.
  void expect_frequency(const std::optional<DriftRecord>& record);

  void note_heard(MonoTime at) { last_heard_ = at; }
  // A sample against what was expected. Only with an estimate.
  [[nodiscard]] CombinedSample compare(const Estimate& combined, const Reference& reference,
                                       const ClockReading& now);
  void accept(const Estimate& estimate, const Reference& reference, const ClockReading& now);
  // How far off the newest sample is, where it was heard and not believed.
  void set_dissent(Nanos size) { dissent_ = size; }
  // What is believed may be off by so much more, and by ever more (s/s), until the next sample that
  // is accepted.
  void doubt(Nanos size, double rate);
  // True where there was a majority before.
  bool lose_majority(const ClockReading& now);
  // What RAW may have lost in a discontinuity is taken into the estimate.
  void on_jump(const ClockEvent& event, RawTime now);
  // The estimate goes with a wall clock that was stepped, until a sample shows the step.
  void follow_step(Nanos step);
  // Holds a frequency for the time without samples, and returns it where it is not that of the
  // estimate.
  std::optional<DriftRecord> hold_frequency();
  // A point of the offset plot.
  void note_history(const ClockReading& now);

  [[nodiscard]] const std::optional<Estimate>& estimate() const { return estimate_; }
  [[nodiscard]] const Reference& reference() const { return reference_; }
  [[nodiscard]] bool majority_lost() const { return majority_lost_; }
  // When the selected sources were last heard, whether or not they were believed.
  [[nodiscard]] std::optional<MonoTime> last_heard() const { return last_heard_; }
  [[nodiscard]] std::optional<MonoTime> last_update() const { return last_update_; }
  [[nodiscard]] std::optional<Nanos> update_interval() const { return update_interval_; }
  [[nodiscard]] Nanos dissent() const { return dissent_; }
  // How surprising the last sample was: |residual| over its standard deviation.
  [[nodiscard]] double last_surprise() const { return last_surprise_; }

  // These need an estimate.
  [[nodiscard]] Nanos offset(const ClockReading& now) const { return estimate_->offset_of(now); }
  [[nodiscard]] Nanos error_bound(const ClockReading& now) const;
  [[nodiscard]] Ppm bound_growth() const;

  // What a new source's filter may start from.
  [[nodiscard]] std::optional<DriftRecord> expected_frequency() const;
  [[nodiscard]] FrequencyState frequency_state() const { return trust_.state(); }
  // A line for the log when the frequency becomes doubtful, when that becomes worse and when it
  // ends; once for each.
  [[nodiscard]] std::optional<std::string> take_frequency_news();
  // The greatest base frequency that may be programmed now, with a driver that can do `most`.
  [[nodiscard]] Ppm frequency_limit(Ppm most) const;
  // What is to be programmed in `phase`, with the standard deviation of the estimate.
  [[nodiscard]] DriftRecord base_frequency(Phase phase, Ppm most) const;
  // What a well-known frequency is beyond `base`, which may be programmed for good.
  [[nodiscard]] Ppm excess(Ppm base) const;

  [[nodiscard]] const OffsetHistogram& offsets() const { return offsets_; }
  [[nodiscard]] const Ring<OffsetPoint, limits::kOffsetRing>& history() const { return history_; }
  // Without the values set in the kernel.
  [[nodiscard]] ClockView view(const ClockReading& now) const;

 private:
  [[nodiscard]] Ppm known_frequency() const;
  [[nodiscard]] Ppm held_frequency() const;

  std::optional<Estimate> estimate_;
  Reference reference_;
  FrequencyTrust trust_;
  FrequencyState told_frequency_ = FrequencyState::plausible;
  std::optional<DriftRecord> expected_;
  bool majority_lost_ = false;
  std::optional<MonoTime> last_heard_;
  std::optional<MonoTime> last_update_;
  std::optional<Nanos> update_interval_;
  Nanos dissent_{};
  double last_surprise_ = 0;
  double mean_square_offset_ = 0;
  OffsetHistogram offsets_;
  Ring<OffsetPoint, limits::kOffsetRing> history_;
};

}  // namespace slewd::core
