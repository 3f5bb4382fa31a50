#include "agent/core/discipline.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/duration.hpp"
#include "base/limits.hpp"

namespace slewd::core {
namespace {

constexpr Nanos kPauseStepWaits = std::chrono::minutes(15);
constexpr Nanos kNoLimit{(std::int64_t{1} << 62) - 1};
// A resume sets the wall clock from one that counts seconds, and that drifts.
constexpr Nanos kResumeErrs = std::chrono::seconds(3);

}  // namespace

Discipline::Discipline(Ports ports, const CoreConfig& config)
    : ports_(std::move(ports)),
      config_(config),
      judge_(make_judge(config)),
      planner_(config.steering),
      state_(config.steering.max_frequency),
      drift_(ports_.drift, ports_.observer),
      kernel_({ports_.clock, ports_.driver, ports_.timers, ports_.observer, drift_,
               [this] {
                 steer();
                 ports_.steered();
               }}),
      flags_(ports_.driver) {}

void Discipline::start(const std::string& other) {
  other_ = other;
  view_.since = ports_.clock.now().mono;
  const auto stored = drift_.load();
  state_.expect_frequency(stored ? stored : kernel_.frequency_in_force());
  if (!permitted_to_steer()) move(PhaseEvent::told_to_observe);
}

bool Discipline::permitted_to_steer() {
  if (config_.mode == Mode::observe) {
    observe_reason_ = config_.observe_reason;
    return false;
  }
  stood_aside_ = config_.mode == Mode::automatic && !other_.empty();
  if (stood_aside_) {
    observe_reason_ = other_ + " steers this clock, and mode is auto";
    return false;
  }
  if (!other_.empty()) warn_of_fight();
  const Result<void> taken = kernel_.take_over(base().frequency);
  observe_reason_ = taken ? "" : taken.error().describe();
  if (taken) flags_.forget();
  return taken.has_value();
}

void Discipline::stop() {
  kernel_.cancel_timer();
  if (!steering()) return;
  observe_if_denied(kernel_.program(base(), std::nullopt));
  if (state_.estimate()) drift_.save_if_changed(base());
}

void Discipline::apply(const CoreConfig& config) {
  const bool mode_changed = config.mode != config_.mode;
  // What has not changed keeps its memory: a watch that has begun, an error that began large.
  if (config.phase != config_.phase || config.poll != config_.poll) judge_ = make_judge(config);
  if (config.steering != config_.steering) planner_ = Steering(config.steering);
  config_ = config;
  state_.set_max_frequency(config.steering.max_frequency);
  // A reload is also how an operator says: try again.
  const bool stood_down = !steering() && config_.mode != Mode::observe;
  if (!mode_changed && !stood_down) return;
  const bool yields = config_.mode == Mode::automatic && !other_.empty();
  if ((config_.mode == Mode::observe || yields) && steering()) {
    arm_leap(Leap::none);
    observe_if_denied(kernel_.program(base(), std::nullopt));
  }
  begin_anew();
}

void Discipline::begin_anew() {
  reassertions_ = 0;
  // A daemon that has been running has had its start-up.
  if (state_.estimate()) startup_step_pending_ = false;
  if (!permitted_to_steer()) {
    kernel_.cancel_timer();
    move(PhaseEvent::told_to_observe);
  } else {
    move(PhaseEvent::told_to_steer);
    steer();
  }
}

void Discipline::move(PhaseEvent event) {
  const Phase from = view_.phase;
  const Phase to = next_phase(from, event);
  if (to == from) return;
  const ClockReading now = ports_.clock.now();
  view_.phase = to;
  view_.since = now.mono;
  if (to != Phase::alarm) alarm_.reset();
  if (to == Phase::hold) hold_count_ = 0;
  if (to == Phase::sync) ever_synchronized_ = true;
  const PhaseTransition transition{now.mono, now.wall, from, to, event};
  view_.recent.push_back(transition);
  ports_.observer.on_transition(transition);
}

PhaseEvent Discipline::on_combined(const Estimate& combined, const Reference& reference) {
  const ClockReading now = ports_.clock.now();
  state_.note_heard(now.mono);
  catch_up_with_legacy_timer(now.mono);
  legacy_timer_.restart(now.mono, judge_->legacy_pace());
  const PhaseEvent event = judge(combined, reference, now);
  // A confirmed spike is accepted by adopt(), after the tracks have moved.
  if (event == PhaseEvent::spike_confirmed) return event;
  move(event);
  const bool believed = event == PhaseEvent::sample_good || event == PhaseEvent::spike_refuted;
  const bool any_offset = view_.phase == Phase::hold || waits_for_witness() ||
                          (view_.phase == Phase::observe && !acquainted());
  if ((believed && view_.phase != Phase::spike) || any_offset) accept(combined, reference, now);
  return event;
}

PhaseEvent Discipline::judge(const Estimate& combined, const Reference& reference,
                             const ClockReading& now) {
  if (!state_.estimate()) return PhaseEvent::sample_good;
  CombinedSample sample = state_.compare(combined, reference, now);
  // At a start nothing has been different before.
  if (reference.oscillator && !any_offset()) sample.vouched = true;
  const PhaseEvent event = judge_->judge(view_.phase, sample);
  if (event == PhaseEvent::spike_confirmed) return event;
  // Until it is known which of the two is right, either may be.
  state_.set_dissent(event == PhaseEvent::sample_spike ? magnitude(sample.residual) : Nanos{0});
  return event;
}

void Discipline::adopt(const Estimate& combined, const Reference& reference) {
  note_event_50("the time difference is confirmed and accepted");
  move(PhaseEvent::spike_confirmed);
  state_.note_history(ports_.clock.now());
  accept(combined, reference, ports_.clock.now());
}

void Discipline::note_event_50(std::string_view outcome) {
  ++view_.event_50;
  ports_.observer.on_note(Severity::warning, "Event 50: " + std::string(outcome));
}

void Discipline::accept(const Estimate& estimate, const Reference& reference,
                        const ClockReading& now) {
  state_.accept(estimate, reference, now);
  if (!reference.open)
    if (const auto news = state_.take_frequency_news())
      ports_.observer.on_note(Severity::warning, *news);
  if (!acquainted()) ++accepted_;
  if (view_.phase == Phase::hold && !reference.open) count_hold_sample();
  make_pause_step(reference.sources);
  const ClockReading after = ports_.clock.now();  // a start-up step may lie between
  check_panic(after);
  steer();
  publish_kernel_status(after);
}

void Discipline::allow_pause_step(Nanos most, Nanos most_by_two, Nanos known) {
  if (config_.jumps.after_pause != AfterPause::step_forward) return;
  pause_step_ = {
      .most = most, .most_by_two = most_by_two, .known = std::max(known, Nanos{0}), .expires = {}};
}

// No program that stood still has seen the time pass: forward, it sees what any suspend shows. What
// two witnesses have not measured is not stepped; what they have may be beyond phase.panic. A lone
// source that asks for too much waits for the second one.
void Discipline::make_pause_step(std::size_t sources) {
  if (!pause_step_) return;
  const ClockReading now = ports_.clock.now();
  // No sample, no cost known: a network that comes late does not use up the time.
  if (!pause_step_->expires) pause_step_->expires = now.mono + kPauseStepWaits;
  const PauseStep allowed = *pause_step_;
  const bool permitted = steering() && now.mono <= *allowed.expires &&
                         config_.jumps.after_pause == AfterPause::step_forward;
  const Nanos cost = state_.offset(now) - allowed.known;
  const Nanos most = sources >= 2 ? allowed.most_by_two : allowed.most;
  const bool due = permitted && cost >= config_.step.threshold && cost <= most;
  if (due || !permitted || sources >= 2) pause_step_.reset();
  if (!due) return;
  (void)kernel_.step(
      cost, "what a pause of this machine had cost was stepped forward (jumps.after_pause)");
}

void Discipline::on_majority_lost() {
  const bool news = state_.lose_majority(ports_.clock.now());
  // Steering may have begun since it was lost.
  const bool silent = steering() && view_.phase != Phase::alarm;
  if (!news && !silent) return;
  constexpr const char* kLost = "no majority of the sources agrees on the time";
  if (steering())
    raise(AlarmReason::no_majority, kLost);
  else
    ports_.observer.on_note(Severity::error, kLost);
  steer();
}

std::optional<DriftRecord> Discipline::on_updates_missing() {
  move(PhaseEvent::updates_missing);
  const auto held = state_.hold_frequency();
  steer();
  return held;
}

void Discipline::on_jump(const ClockEvent& event) {
  const ClockReading now = ports_.clock.now();
  ClockReading before = now;
  // The plot has a point on either side of a jump, so that it draws none as a drift.
  const bool moves_offset =
      event.phase_shift != Nanos{0} || (event.size != Nanos{0} && seen_by_programs(event.cause));
  before.wall = now.wall - event.size;
  if (moves_offset) state_.note_history(before);
  // RAW has stood still: what was known then holds against the wall clock of then. The kernel has
  // set the wall clock from a clock that may have been wrong by anything.
  before.wall = event.wall_before;
  if (event.cause == JumpCause::suspend && state_.estimate())
    allow_pause_step(kResumeErrs, kNoLimit, state_.offset(before));
  state_.on_jump(event, now.raw);
  if (moves_offset) state_.note_history(now);
  if (leaves_to_samples(event))
    // It is not corrected before a sample shows it.
    state_.follow_step(event.size);
  else if (event.cause != JumpCause::own_step && event.cause != JumpCause::leap)
    move(PhaseEvent::disruption);
  kernel_.on_clock_set();
  steer();
}

}  // namespace slewd::core
