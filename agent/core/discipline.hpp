// The one owner of the clock: takes what the selected sources say together, moves the phase
// machine, and steers the kernel clock through the driver. Core thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/clock_state.hpp"
#include "agent/core/config.hpp"
#include "agent/core/drift_file.hpp"
#include "agent/core/external_steering.hpp"
#include "agent/core/foreign_watch.hpp"
#include "agent/core/kernel_flags.hpp"
#include "agent/core/kernel_steering.hpp"
#include "agent/core/legacy_timer.hpp"
#include "agent/core/observer.hpp"
#include "agent/core/phase_judge.hpp"
#include "agent/core/plausible_time.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/sample.hpp"
#include "agent/core/snapshot.hpp"
#include "agent/core/step_policy.hpp"

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
  // Returns the frequency to hold, where that of the samples is not to be followed without more of
  // them; once, since it is followed from then on.
  std::optional<DriftRecord> on_updates_missing();
  // At each look, with what the kernel says now (null = it was not asked): makes the beats of the
  // legacy timer that are due, keeps the kernel's flags with our verdict.
  void look(const ClockReading& now, const Result<KernelReadback>* kernel);
  // Whether a beat of the legacy timer is to come: then looks are due each second.
  [[nodiscard]] bool awaits_beat() const { return legacy_timer_.runs(); }
  // A discontinuity: what RAW may have lost is taken into the estimate, the rest is a new offset.
  void on_jump(const ClockEvent& event);
  // Whether it is for the samples to find it, as under w32time.
  [[nodiscard]] bool leaves_to_samples(const ClockEvent& event) const {
    return event.cause == JumpCause::foreign_step && steering() && !judge_->heeds_foreign_steps();
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
  // Sets the wall clock to the estimated true time, back as well as forward: for whoever has
  // announced it and has seen to those whom it hurts. `announced` is the size that was announced,
  // `not_after` when they stop waiting. Errors: `invalid` when it is refused, else the driver's.
  [[nodiscard]] Result<PlannedStep> step_to_true(Nanos announced, MonoTime not_after);
  // Somebody has steered what is ours: mode auto stands down, takeover sets it back.
  void on_foreign(const ForeignSteering& found, MonoTime now);
  // A process that is known to steer clocks runs, `other`, or none does any more (empty). Mode auto
  // stands aside for it.
  void on_other(const std::string& other);
  // Somebody sets the clock again and again: mode auto stands aside.
  void on_stepper();
  // Nobody else has steered for a while: what stood aside comes back.
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
    return waits_for_witness() ||
           (judge_->any_offset(view_.phase) && !(view_.phase == Phase::observe && acquainted()));
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
  // Taken by the engine, which looks at the clocks right after: the step that we just made.
  [[nodiscard]] std::optional<Nanos> take_own_step() { return kernel_.take_own_step(); }

 private:
  void move(PhaseEvent event);
  // Whoever only observes has no phase Hold: so many samples make up for it.
  [[nodiscard]] bool acquainted() const { return accepted_ >= config_.phase.hold_samples; }
  void accept(const Estimate& estimate, const Reference& reference, const ClockReading& now);
  [[nodiscard]] PhaseEvent judge(const Estimate& combined, const Reference& reference,
                                 const ClockReading& now);
  void count_hold_sample();
  [[nodiscard]] bool end_startup();
  void wait_for_witness(const ClockReading& now);
  // Nothing has been believed yet: the samples are followed wherever they go, as in Hold.
  [[nodiscard]] bool waits_for_witness() const {
    return alarm_ && alarm_->reason == AlarmReason::unconfirmed_step;
  }
  void raise(AlarmReason reason, std::string text);
  void note_event_50(std::string_view outcome);
  void check_panic(const ClockReading& now);
  void steer();
  void tell_decision(const ClockReading& now);
  void observe_if_denied(const Result<void>& programmed);
  void publish_kernel_status(const ClockReading& now);
  void stand_down(std::string reason);
  void begin_anew();
  void on_legacy_beat(MonoTime at);
  void catch_up_with_legacy_timer(MonoTime now);
  [[nodiscard]] std::optional<Slew> planned_slew(SteerPolicy policy, const ClockReading& now);
  [[nodiscard]] DriftRecord base() const;
  [[nodiscard]] bool synchronized(const ClockReading& now, Nanos bound) const;
  [[nodiscard]] bool permitted_to_steer();

  Ports ports_;
  CoreConfig config_;
  std::unique_ptr<PhaseJudge> judge_;
  Steering planner_;
  ClockState state_;
  PhaseView view_;
  std::string observe_reason_;
  int hold_count_ = 0;
  int accepted_ = 0;                // samples, while they are few
  std::optional<AlarmView> alarm_;  // in the phase Alarm
  DriftFile drift_;
  KernelSteering kernel_;
  KernelFlags flags_;
  ExternalSteering external_;
  StepPolicy steps_;
  LegacyTimer legacy_timer_;
};

}  // namespace slewd::core
