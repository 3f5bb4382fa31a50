// SPDX-License-Identifier: Apache-2.0
// The owner of the clock: takes what the selected sources say together, moves the phase machine,
// and has its parts act on that. ClockState holds what is believed of the clock, StepPolicy decides
// on steps, ExternalSteering on other programs; KernelSteering, KernelFlags and DriftFile carry it
// out. Core thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/config.hpp"
#include "agent/core/discipline/clock_state.hpp"
#include "agent/core/discipline/drift_file.hpp"
#include "agent/core/discipline/external_steering.hpp"
#include "agent/core/discipline/external_watch.hpp"
#include "agent/core/discipline/kernel_flags.hpp"
#include "agent/core/discipline/kernel_steering.hpp"
#include "agent/core/discipline/legacy_timer.hpp"
#include "agent/core/discipline/phase_judge.hpp"
#include "agent/core/discipline/steering.hpp"
#include "agent/core/discipline/step_policy.hpp"
#include "agent/core/ntp/plausible_time.hpp"
#include "agent/core/observer.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/sample.hpp"
#include "agent/core/snapshot.hpp"

namespace slewd::core {

// What a planned step has done.
struct PlannedStep {
  Nanos stepped{};  // by so much the wall clock was set; negative = back
  Nanos left{};     // the offset right after it, as the clocks were read again
};

class Discipline {
 public:
  struct Ports {
    Clock& clock;
    ClockDriver& driver;
    Timers& timers;
    DriftStore& drift;
    Observer& observer;
    const PlausibleTime& plausible;
    std::function<void()> steered;  // a slew's end or renewal, which no call from outside makes
  };

  Discipline(Ports ports, const CoreConfig& config);
  Discipline(const Discipline&) = delete;
  Discipline& operator=(const Discipline&) = delete;

  // Reads the drift file, probes whether the clock may be touched, sets the stored frequency.
  // `other`: a process that is known to steer clocks; empty = none.
  void start(const std::string& other);
  // Ends any slew and leaves the base frequency in place: an orderly stop.
  void stop();
  void apply(const CoreConfig& config);

  // A sample of a surviving source has come. Returns the event that it was, so that the engine can
  // tell the tracks whether to adopt or forget what dissented.
  PhaseEvent on_combined(const Estimate& combined, const Reference& reference);
  // After spike_confirmed: the new truth, once the tracks have adopted it.
  void adopt(const Estimate& combined, const Reference& reference);
  // What is believed may be off by so much more, and by ever more (s/s), until the next sample of a
  // survivor: the bound must hold it.
  void doubt(Nanos size, double rate) { state_.doubt(size, rate); }
  void on_majority_lost();
  // Three polls without an update. Returns the frequency to hold, where that of the estimate is not
  // to be followed without more samples; once, since it is followed from then on.
  std::optional<DriftRecord> on_updates_missing();
  // At each look at the clocks, with what the kernel says now (null = it was not asked): makes the
  // beats of the legacy timer that are due, and keeps the kernel's flags up to date.
  void look(const ClockReading& now, const Result<KernelReadback>* kernel);
  // Whether a beat of the legacy timer is to come: then looks are due each second.
  [[nodiscard]] bool awaits_beat() const { return legacy_timer_.runs(); }
  // A discontinuity: what RAW may have lost is taken into the estimate, the rest is a new offset.
  void on_jump(const ClockEvent& event);
  // Whether it is left to the samples to show it, as under w32time.
  [[nodiscard]] bool leaves_to_samples(const ClockEvent& event) const {
    return event.cause == JumpCause::external_step && steering() && !judge_->heeds_external_steps();
  }
  // Whether the kernel is to make a leap second at the end of the day that its clock shows: insert
  // or erase; none = not, or not any more.
  void arm_leap(Leap leap);
  [[nodiscard]] Leap armed_leap() const { return flags_.armed_leap(); }
  // TAI less UTC, s, as the kernel is to have it; empty leaves it alone.
  void tell_tai_offset(std::optional<int> offset);
  // An accepted sample may step forward what a pause has cost, where so configured
  // (StepPolicy::allow_pause_step).
  void allow_pause_step(Nanos most, Nanos most_by_two, Nanos known) {
    steps_.allow_pause_step(most, most_by_two, known);
  }
  // What step_to_true() would do now.
  [[nodiscard]] StepOffer step_offer(const ClockReading& now) const;
  // Sets the wall clock to the estimated true time, back as well as forward: only after an
  // announcement to the programs that it would damage. `announced` is the size that was announced,
  // `not_after` when the request expires. Errors: `invalid` when it is refused, else the driver's.
  [[nodiscard]] Result<PlannedStep> step_to_true(Nanos announced, MonoTime not_after);
  // Another program has adjusted the clock: mode auto stands down, takeover sets it back.
  void on_external(const ExternalSigns& found, MonoTime now);
  // A process that is known to steer clocks runs, `other`, or none does any more (empty). Mode auto
  // stands down for it.
  void on_other(const std::string& other);
  // Another program sets the clock again and again: mode auto stands down.
  void on_stepper();
  // No other program has steered for a while: steering begins again where it had stood down.
  void on_quiet();
  // What is in force by our doing.
  [[nodiscard]] Programmed programmed() const;

  [[nodiscard]] Phase phase() const { return view_.phase; }
  [[nodiscard]] const PhaseView& phase_view() const { return view_; }
  [[nodiscard]] const std::optional<AlarmView>& alarm() const { return alarm_; }
  [[nodiscard]] bool steering() const { return view_.phase != Phase::observe; }
  [[nodiscard]] bool majority_lost() const { return state_.majority_lost(); }
  [[nodiscard]] const std::string& observe_reason() const { return observe_reason_; }
  [[nodiscard]] const std::optional<Estimate>& estimate() const { return state_.estimate(); }
  // When the selected sources were last heard, whether or not they were believed.
  [[nodiscard]] std::optional<MonoTime> last_heard() const { return state_.last_heard(); }
  [[nodiscard]] FrequencyState frequency_state() const { return state_.frequency_state(); }
  [[nodiscard]] const Adjustments& adjustments() const { return kernel_.adjustments(); }
  [[nodiscard]] const OffsetHistogram& offsets() const { return state_.offsets(); }
  [[nodiscard]] const Ring<OffsetPoint, limits::kOffsetRing>& history() const {
    return state_.history();
  }
  [[nodiscard]] Nanos spike_threshold() const { return config_.phase.spike_floor; }
  // Whether a source's own filter follows an offset of any size at once.
  [[nodiscard]] bool any_offset() const {
    return waits_for_witness() || (judge_->any_offset(view_.phase) &&
                                   !(view_.phase == Phase::observe && has_enough_samples()));
  }
  // At which interval alone sources are polled; empty = by PollPolicy. A start is always quick.
  [[nodiscard]] std::optional<Nanos> fixed_interval() const {
    return steps_.ever_synchronized() ? judge_->fixed_interval() : std::nullopt;
  }
  // What a new source's filter may start from.
  [[nodiscard]] std::optional<DriftRecord> expected_frequency() const {
    return state_.expected_frequency();
  }
  // How surprising the last combined sample was: |residual| over its standard deviation.
  [[nodiscard]] double last_surprise() const { return state_.last_surprise(); }
  // The clock's part of the snapshot, extrapolated to `now`.
  [[nodiscard]] ClockView clock_view(const ClockReading& now) const;
  // Whether the driver refused to end a slew of ours.
  [[nodiscard]] bool slew_may_remain() const { return kernel_.slew_may_remain(); }
  // The step that was just made, once: the engine looks at the clocks right after.
  [[nodiscard]] std::optional<Nanos> take_own_step() { return kernel_.take_own_step(); }

 private:
  void move(PhaseEvent event);
  // Mode observe has no phase Hold: so many accepted samples replace it.
  [[nodiscard]] bool has_enough_samples() const { return accepted_ >= config_.phase.hold_samples; }
  void accept(const Estimate& estimate, const Reference& reference, const ClockReading& now);
  [[nodiscard]] PhaseEvent judge(const Estimate& combined, const Reference& reference,
                                 const ClockReading& now);
  void count_hold_sample();
  [[nodiscard]] bool end_startup();
  void wait_for_witness(const ClockReading& now);
  // No time has been accepted yet: the samples are followed wherever they go, as in Hold.
  [[nodiscard]] bool waits_for_witness() const {
    return alarm_ && alarm_->reason == AlarmReason::unconfirmed_step;
  }
  void raise_alarm(AlarmReason reason, std::string text);
  void note_event_50(std::string_view outcome);
  void update_alarm(const ClockReading& reading);
  void steer();
  void report_decision(const ClockReading& now);
  void observe_if_denied(const Result<void>& programmed);
  void publish_kernel_status(const ClockReading& now);
  void stand_down(std::string reason);
  void restart_steering();
  void on_legacy_beat(MonoTime at);
  void catch_up_with_legacy_timer(MonoTime now);
  [[nodiscard]] std::optional<Slew> planned_slew(SteerPolicy policy, const ClockReading& now);
  [[nodiscard]] DriftRecord base() const;
  [[nodiscard]] bool synchronized(const ClockReading& now, Nanos bound) const;
  [[nodiscard]] bool try_to_steer();

  Ports ports_;
  CoreConfig config_;
  // The phase machine.
  std::unique_ptr<PhaseJudge> judge_;
  LegacyTimer legacy_timer_;
  PhaseView view_;
  int hold_count_ = 0;              // samples since Hold began
  int accepted_ = 0;                // samples, while they are few
  std::optional<AlarmView> alarm_;  // in the phase Alarm
  std::string observe_reason_;
  // Its parts.
  ClockState state_;
  StepPolicy steps_;
  ExternalSteering external_;
  Steering planner_;
  DriftFile drift_;
  KernelSteering kernel_;
  KernelFlags flags_;
};

}  // namespace slewd::core
