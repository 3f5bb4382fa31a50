// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/discipline.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/duration.hpp"

namespace slewd::core {
namespace {

// A small correction is spread over a quarter of the update interval: short enough to matter before
// the next sample, long enough that the rate stays within a few ppm.
Nanos spread_of(std::optional<Nanos> update_interval) {
  const Nanos quarter = update_interval.value_or(Nanos{0}) / 4;
  return std::clamp<Nanos>(quarter, std::chrono::seconds(1), std::chrono::seconds(16));
}

}  // namespace

Discipline::Discipline(Ports ports, const CoreConfig& config)
    : ports_(std::move(ports)),
      config_(config),
      judge_(make_judge(config)),
      state_(config.steering.max_frequency),
      steps_({config_, state_, ports_.plausible, ports_.observer}),
      external_(config_),
      planner_(config.steering),
      drift_(ports_.drift, ports_.observer),
      kernel_({ports_.clock, ports_.driver, ports_.timers, ports_.observer, drift_,
               [this] {
                 steer();
                 ports_.steered();
               }}),
      flags_(ports_.driver) {}

void Discipline::start(const std::string& other) {
  external_.set_process(other);
  view_.since = ports_.clock.now().mono;
  const auto stored = drift_.load();
  state_.expect_frequency(stored ? stored : kernel_.frequency_in_force());
  if (!try_to_steer()) move(PhaseEvent::told_to_observe);
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
  if ((config_.mode == Mode::observe || external_.yields()) && steering()) {
    arm_leap(Leap::none);
    observe_if_denied(kernel_.program(base(), std::nullopt));
  }
  restart_steering();
}

void Discipline::restart_steering() {
  external_.reset();
  if (state_.estimate()) steps_.skip_startup();
  if (!try_to_steer()) {
    kernel_.cancel_timer();
    move(PhaseEvent::told_to_observe);
  } else {
    move(PhaseEvent::told_to_steer);
    steer();
  }
}

bool Discipline::try_to_steer() {
  if (config_.mode == Mode::observe) {
    observe_reason_ = config_.observe_reason;
    return false;
  }
  external_.set_stood_aside(external_.yields());
  if (external_.yields()) {
    observe_reason_ = external_.text();
    return false;
  }
  if (!external_.process().empty()) ports_.observer.on_note(Severity::warning, external_.text());
  const Result<void> taken = kernel_.take_over(base().frequency);
  observe_reason_ = taken ? "" : taken.error().describe();
  if (taken) flags_.forget();
  return taken.has_value();
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
                          (view_.phase == Phase::observe && !has_enough_samples());
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
  note_event_50("the offset is confirmed and accepted");
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
  if (!has_enough_samples()) ++accepted_;
  if (view_.phase == Phase::hold && !reference.open) count_hold_sample();
  if (const auto cost = steps_.take_pause_step(steering(), ports_.clock.now()))
    (void)kernel_.step(*cost, "stepped forward by the time lost in a pause (jumps.after_pause)");
  const ClockReading after = ports_.clock.now();  // a start-up step may lie between
  update_alarm(after);
  steer();
  publish_kernel_status(after);
}

void Discipline::count_hold_sample() {
  if (!judge_->hold_complete(++hold_count_) || !end_startup()) return;
  move(PhaseEvent::hold_complete);
}

// The end of Hold is the moment for the start-up step. False where it has to wait.
bool Discipline::end_startup() {
  const ClockReading now = ports_.clock.now();
  const StepDecision decision = steps_.startup_decision(now);
  if (decision == StepDecision::wait) {
    wait_for_witness(now);
    return false;
  }
  if (decision == StepDecision::step)
    (void)kernel_.step(state_.offset(now), "the start-up error was stepped, before the first Sync");
  steps_.end_startup(ports_.clock.now());
  return true;
}

void Discipline::wait_for_witness(const ClockReading& now) {
  raise_alarm(AlarmReason::unconfirmed_step,
              "a lone source asks for a step of " + format_rounded(state_.offset(now)) +
                  ", which is more than " + format_rounded(config_.step.max_unconfirmed) +
                  " (step.max_unconfirmed)");
}

void Discipline::update_alarm(const ClockReading& reading) {
  ClockReading now = reading;
  steps_.review_first_sync(view_.phase, alarm_, now);
  const bool held_back = waits_for_witness();
  const StepDecision decision = steps_.startup_decision(now);
  if (held_back && decision == StepDecision::wait) return wait_for_witness(now);
  if (held_back && decision == StepDecision::step) {
    (void)end_startup();
    now = ports_.clock.now();
  } else if (decision != StepDecision::slew) {
    // It comes at the end of Hold.
    return move(PhaseEvent::panic_cleared);
  }
  const Nanos offset = state_.offset(now);
  if (magnitude(offset) > config_.phase.panic)
    return raise_alarm(AlarmReason::beyond_panic,
                       "the clock is off by " + format_rounded(offset) + ", and more than " +
                           format_rounded(config_.phase.panic) + " (phase.panic) is not slewed");
  const Nanos eta = planner_.eta(offset, kernel_.headroom(base().frequency));
  if (eta > config_.phase.max_slew_eta)
    return raise_alarm(AlarmReason::slew_too_long,
                       "the clock is off by " + format_rounded(offset) + ", and a slew of " +
                           format_rounded(eta) + " is longer than " +
                           format_rounded(config_.phase.max_slew_eta) + " (phase.max_slew_eta)");
  move(PhaseEvent::panic_cleared);
}

void Discipline::raise_alarm(AlarmReason reason, std::string text) {
  if (!steering()) return;
  const bool news = !alarm_ || alarm_->reason != reason;
  move(PhaseEvent::panic);
  alarm_ = AlarmView{reason, std::move(text)};
  if (news) ports_.observer.on_note(Severity::error, alarm_line(*alarm_));
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
  if (to == Phase::sync) steps_.on_sync();
  const PhaseTransition transition{now.mono, now.wall, from, to, event};
  view_.recent.push_back(transition);
  ports_.observer.on_transition(transition);
}

void Discipline::on_majority_lost() {
  const bool news = state_.lose_majority(ports_.clock.now());
  // Steering may have begun since it was lost.
  const bool silent = steering() && view_.phase != Phase::alarm;
  if (!news && !silent) return;
  constexpr const char* kLost = "no majority of the sources agrees on the time";
  if (steering())
    raise_alarm(AlarmReason::no_majority, kLost);
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
  // RAW has stood still: what was known then holds against the wall clock of then.
  before.wall = event.wall_before;
  if (event.cause == JumpCause::suspend) steps_.allow_resume_step(before);
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

void Discipline::look(const ClockReading& now, const Result<KernelReadback>* kernel) {
  catch_up_with_legacy_timer(now.mono);
  if (!state_.estimate()) return;
  if (flags_.cleared(kernel) ||
      synchronized(now, state_.error_bound(now)) != flags_.published_synchronized())
    publish_kernel_status(now);
}

void Discipline::catch_up_with_legacy_timer(MonoTime now) {
  while (const auto beat = legacy_timer_.take_beat(now)) on_legacy_beat(*beat);
}

void Discipline::on_legacy_beat(MonoTime at) {
  const Phase before = view_.phase;
  if (judge_->beat(before, at)) {
    if (before == Phase::spike)
      note_event_50(
          "the offset persisted for the whole spike watch; the clock is not synchronized");
    if (before == Phase::hold && !end_startup()) return;
    move(PhaseEvent::legacy_advance);
    steer();
  }
  // From any other phase a sample alone leads on.
  const bool goes_on =
      view_.phase == Phase::unset || view_.phase == Phase::hold || view_.phase == Phase::spike;
  if (goes_on) legacy_timer_.restart(at, judge_->legacy_pace());
}

StepOffer Discipline::step_offer(const ClockReading& now) const {
  if (!state_.estimate()) return {std::nullopt, "no source has provided the time yet"};
  if (state_.majority_lost())
    return {std::nullopt, "no majority of the sources agrees on the time"};
  return {state_.offset(now), steering() ? steps_.reason_not_to_step(view_.phase, now)
                                         : "slewd does not steer this clock: " + observe_reason_};
}

Result<PlannedStep> Discipline::step_to_true(Nanos announced, MonoTime not_after) {
  const ClockReading before = ports_.clock.now();
  if (before.mono > not_after)
    return fail(ErrorCode::invalid, "too late: the step request has expired");
  if (auto as_announced = steps_.check_announced(step_offer(before), announced); !as_announced)
    return fail(std::move(as_announced.error()));
  // What is in force was meant for the old offset. A step would end an adjtime(), not a rate.
  observe_if_denied(kernel_.program(base(), std::nullopt));
  steps_.forget_pause_step();
  const Nanos amount = state_.offset(ports_.clock.now());
  if (auto stepped = kernel_.step(amount, "a planned step to true time"); !stepped) {
    steer();
    return fail(std::move(stepped.error()));
  }
  const ClockReading after = ports_.clock.now();
  update_alarm(after);
  return PlannedStep{amount, state_.offset(after)};
}

void Discipline::on_external(const ExternalSigns& found, MonoTime now) {
  if (!steering()) return;
  const Result<KernelReadback> kernel = ports_.driver.read_back();
  if (!kernel) return;
  const bool adjtime = found.signs.has(Sign::adjtime);
  const std::string what =
      "its frequency is " + format(kernel->frequency) + (adjtime ? ", and an adjtime() runs" : "");
  if (!external_.takes_back(now))
    return stand_down("another program is adjusting this clock: " + what + ", not set by slewd");
  ports_.observer.on_note(Severity::warning, "another program has adjusted this clock: " + what +
                                                 "; mode is takeover, setting it back");
  kernel_.reclaim(adjtime);
  steer();
}

void Discipline::on_other(const std::string& other) {
  const bool news = external_.set_process(other);
  if (!news || other.empty() || !steering()) return;
  if (external_.yields()) return stand_down(external_.text());
  ports_.observer.on_note(Severity::warning, external_.text());
}

void Discipline::on_stepper() {
  if (steering() && config_.mode == Mode::automatic)
    stand_down("another program sets this clock again and again");
}

void Discipline::on_quiet() {
  if (!external_.may_return()) return;
  ports_.observer.on_note(Severity::info, "no other clock daemon seen lately; steering again");
  restart_steering();
}

void Discipline::stand_down(std::string reason) {
  arm_leap(Leap::none);
  kernel_.release(base().frequency);
  external_.set_stood_aside(true);
  observe_reason_ = std::move(reason);
  ports_.observer.on_note(Severity::error, observe_reason_);
  move(PhaseEvent::told_to_observe);
}

Programmed Discipline::programmed() const {
  Programmed programmed = kernel_.programmed();
  if (!steering()) programmed.total.reset();
  return programmed;
}

void Discipline::steer() {
  const SteerPolicy policy = traits(view_.phase).steering;
  const ClockReading now = ports_.clock.now();
  // Without a slew in the plan, whatever slew was in force ends: nothing would renew or end it.
  if (policy != SteerPolicy::none)
    observe_if_denied(kernel_.steer(base(), planned_slew(policy, now)));
  if (state_.estimate()) report_decision(now);
}

std::optional<Slew> Discipline::planned_slew(SteerPolicy policy, const ClockReading& now) {
  const bool keeps_the_rate =
      policy == SteerPolicy::stored_frequency || policy == SteerPolicy::hold_frequency;
  if (keeps_the_rate || !state_.estimate()) return std::nullopt;
  if (steps_.startup_decision(now) != StepDecision::slew) return std::nullopt;
  const Ppm base = this->base().frequency;
  return planner_.plan(state_.offset(now), spread_of(state_.update_interval()),
                       kernel_.headroom(base), state_.excess(base));
}

void Discipline::report_decision(const ClockReading& now) {
  ports_.observer.on_decision({.at = now,
                               .phase = view_.phase,
                               .offset = state_.offset(now),
                               .frequency = base().frequency,
                               .slew_rate = kernel_.slew_rate(),
                               .single_shot = kernel_.programmed().single_shot,
                               .poll_interval = state_.reference().poll_interval,
                               .bound = state_.error_bound(now)});
}

DriftRecord Discipline::base() const {
  return state_.base_frequency(view_.phase, ports_.driver.max_frequency());
}

void Discipline::observe_if_denied(const Result<void>& programmed) {
  if (programmed) return;
  observe_reason_ = programmed.error().describe();
  move(PhaseEvent::told_to_observe);
}

void Discipline::arm_leap(Leap leap) {
  if (flags_.arm_leap(leap) && state_.estimate()) publish_kernel_status(ports_.clock.now());
}

void Discipline::tell_tai_offset(std::optional<int> offset) {
  if (flags_.set_tai_offset(offset) && state_.estimate()) publish_kernel_status(ports_.clock.now());
}

void Discipline::publish_kernel_status(const ClockReading& now) {
  if (!steering()) return;
  const Nanos bound = state_.error_bound(now);
  const Result<void> published =
      flags_.publish({.synchronized = synchronized(now, bound),
                      .max_error = bound,
                      .estimated_error = from_seconds(state_.estimate()->sd_at(now.raw))},
                     now.mono);
  if (!published) kernel_.note_failure("kernel status", published.error());
}

// A step that is still to come is a jump for those who wait for this.
bool Discipline::synchronized(const ClockReading& now, Nanos bound) const {
  if (!state_.last_update() || state_.majority_lost()) return false;
  if (steering() && steps_.startup_decision(now) != StepDecision::slew) return false;
  const bool settled = view_.phase != Phase::unset && view_.phase != Phase::alarm;
  return settled && bound <= config_.synchronized_bound;
}

ClockView Discipline::clock_view(const ClockReading& now) const {
  ClockView view = state_.view(now);
  view.slew_rate = kernel_.slew_rate();
  view.frequency_limit = state_.frequency_limit(ports_.driver.max_frequency());
  if (steering()) view.base_frequency = base().frequency;
  if (!view.offset) {
    if (drift_.stored()) view.frequency = drift_.stored()->frequency;
    return view;
  }
  view.synchronized = synchronized(now, *view.error_bound);
  if (view.slew_rate.value != 0) {
    view.slew_remaining = *view.offset;
    // A small correction is spread: it takes as long as its own rate says.
    const Nanos at_this_rate =
        from_seconds(std::abs(to_seconds(*view.offset) / to_ratio(view.slew_rate)));
    view.convergence =
        std::max(planner_.eta(*view.offset, kernel_.headroom(base().frequency)), at_this_rate);
  } else if (steering()) {
    view.convergence = Nanos{0};
  }
  return state_.majority_lost() ? without_time(std::move(view)) : view;
}

}  // namespace slewd::core
