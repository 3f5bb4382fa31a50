#include "agent/core/discipline.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/duration.hpp"
#include "base/limits.hpp"

namespace slewd::core {
namespace {

constexpr double kRmsMemory = 1.0 / 16;
constexpr Ppm kLeastDoubt{2};
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
      trust_(config.steering.max_frequency),
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
  expected_ = drift_.load();
  // An oscillator that was known well may have aged, or warmed up, since.
  if (expected_) expected_->uncertainty = std::max(expected_->uncertainty, kLeastDoubt);
  if (!expected_) expected_ = kernel_.frequency_in_force();
  if (!permitted_to_steer()) move(PhaseEvent::told_to_observe);
}

std::optional<DriftRecord> Discipline::expected_frequency() const {
  if (!current_) return expected_;
  const Ppm sd = from_ratio(std::sqrt(current_->var_frequency));
  return DriftRecord{from_ratio(current_->frequency), std::max(sd, kLeastDoubt)};
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
  const Result<void> taken = kernel_.take_over(base_frequency());
  observe_reason_ = taken ? "" : taken.error().describe();
  if (taken) flags_.forget();
  return taken.has_value();
}

void Discipline::stop() {
  kernel_.cancel_timer();
  if (!steering()) return;
  observe_if_denied(kernel_.program(base(), std::nullopt));
  if (current_) drift_.save_if_changed(base());
}

void Discipline::apply(const CoreConfig& config) {
  const bool mode_changed = config.mode != config_.mode;
  // What has not changed keeps its memory: a watch that has begun, an error that began large.
  if (config.phase != config_.phase || config.poll != config_.poll) judge_ = make_judge(config);
  if (config.steering != config_.steering) planner_ = Steering(config.steering);
  config_ = config;
  trust_.set_most(config.steering.max_frequency);
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
  if (current_) startup_step_pending_ = false;
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
  CombinedSample sample;
  sample.estimate = combined;
  sample.sources = reference.sources;
  sample.at = now.mono;
  last_heard_ = now.mono;
  catch_up_with_legacy_timer(now.mono);
  legacy_timer_.restart(now.mono, judge_->legacy_pace());
  sample.poll_interval = reference.poll_interval;
  PhaseEvent event = PhaseEvent::sample_good;
  last_surprise_ = 0;
  if (current_) {
    sample.residual = combined.phase_at(now.raw) - current_->phase_at(now.raw);
    const double before = current_->sd_at(now.raw);
    const double after = combined.sd_at(now.raw);
    sample.sd = std::sqrt(before * before + after * after);
    last_surprise_ = std::abs(to_seconds(sample.residual)) / sample.sd;
    const auto& host = reference.host;
    const bool host_agrees = host && magnitude(sample.residual - host->by) <= host->uncertainty;
    // At a start nothing has been different before.
    sample.vouched = host_agrees || (reference.oscillator && !any_offset());
    event = judge_->judge(view_.phase, sample);
  }
  // A confirmed spike is accepted by adopt(), after the tracks have moved.
  if (event == PhaseEvent::spike_confirmed) return event;
  move(event);
  // Until it is known who is right, either may be.
  dissent_ = event == PhaseEvent::sample_spike ? magnitude(sample.residual) : Nanos{0};
  const bool believed = event == PhaseEvent::sample_good || event == PhaseEvent::spike_refuted;
  const bool any_offset = view_.phase == Phase::hold || waits_for_witness() ||
                          (view_.phase == Phase::observe && !acquainted());
  if ((believed && view_.phase != Phase::spike) || any_offset) accept(combined, reference, now);
  return event;
}

void Discipline::adopt(const Estimate& combined, const Reference& reference) {
  note_event_50("the time difference is confirmed and accepted");
  move(PhaseEvent::spike_confirmed);
  note_history(ports_.clock.now());
  accept(combined, reference, ports_.clock.now());
}

void Discipline::note_event_50(std::string_view outcome) {
  ++view_.event_50;
  ports_.observer.on_note(Severity::warning, "Event 50: " + std::string(outcome));
}

void Discipline::accept(const Estimate& estimate, const Reference& reference,
                        const ClockReading& now) {
  current_ = estimate;
  if (!reference.open) note_frequency(estimate, reference.sources, now.mono);
  if (!acquainted()) ++accepted_;
  reference_ = reference;
  dissent_ = Nanos{0};
  majority_lost_ = false;
  if (last_update_) update_interval_ = now.mono - *last_update_;
  last_update_ = now.mono;
  const Nanos offset = estimate.offset_of(now);
  const double seconds = to_seconds(offset);
  const double weight = update_interval_ ? kRmsMemory : 1;
  mean_square_offset_ += weight * (seconds * seconds - mean_square_offset_);
  const auto* const bucket = std::ranges::lower_bound(OffsetHistogram::kBounds, std::abs(seconds));
  ++offsets_.counts[static_cast<std::size_t>(bucket - OffsetHistogram::kBounds.begin())];
  offsets_.sum += std::abs(seconds);
  note_history(now);
  if (view_.phase == Phase::hold && !reference.open) count_hold_sample();
  make_pause_step(reference.sources);
  const ClockReading after = ports_.clock.now();  // a start-up step may lie between
  check_panic(after);
  steer();
  publish_kernel_status(after);
}

void Discipline::note_history(const ClockReading& now) {
  if (majority_lost_)
    history_.push_back({.at = now.mono, .wall = now.wall, .growth = {}, .known = false});
  else if (current_)
    history_.push_back({.at = now.mono,
                        .wall = now.wall,
                        .offset = current_->offset_of(now),
                        .bound = error_bound(now),
                        .growth = bound_growth()});
}

// Told when it begins, when it becomes worse, and when it ends: not at each change between.
void Discipline::note_frequency(const Estimate& estimate, std::size_t sources, MonoTime at) {
  trust_.note(from_ratio(estimate.frequency), from_ratio(std::sqrt(estimate.var_frequency)),
              sources, at);
  const FrequencyState state = trust_.state();
  const bool ended = state == FrequencyState::plausible;
  if (state == told_frequency_ || (state < told_frequency_ && !ended)) return;
  told_frequency_ = state;
  ports_.observer.on_note(
      Severity::warning,
      ended ? "the frequency that the sources show is plausible again" : trust_.doubt());
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
  const Nanos cost = current_->offset_of(now) - allowed.known;
  const Nanos most = sources >= 2 ? allowed.most_by_two : allowed.most;
  const bool due = permitted && cost >= config_.step.threshold && cost <= most;
  if (due || !permitted || sources >= 2) pause_step_.reset();
  if (!due) return;
  (void)kernel_.step(
      cost, "what a pause of this machine had cost was stepped forward (jumps.after_pause)");
}

void Discipline::doubt(Nanos size, double rate) {
  reference_.unexplained = std::max(reference_.unexplained, size);
  reference_.unexplained_rate = std::max(reference_.unexplained_rate, rate);
}

void Discipline::on_majority_lost() {
  const bool news = !std::exchange(majority_lost_, true);
  // Steering may have begun since it was lost.
  const bool silent = steering() && view_.phase != Phase::alarm;
  if (!news && !silent) return;
  if (news) note_history(ports_.clock.now());
  constexpr const char* kLost = "no majority of the sources agrees on the time";
  if (steering())
    raise(AlarmReason::no_majority, kLost);
  else
    ports_.observer.on_note(Severity::error, kLost);
  steer();
}

std::optional<DriftRecord> Discipline::on_updates_missing() {
  move(PhaseEvent::updates_missing);
  const auto held = hold_frequency();
  steer();
  return held;
}

// The plot has a point on either side of a jump, so that it draws none as a drift.
void Discipline::note_before_jump(const ClockEvent& event) {
  ClockReading before = ports_.clock.now();
  before.wall = before.wall - event.size;
  note_history(before);
}

void Discipline::on_jump(const ClockEvent& event) {
  const bool moves_offset =
      event.phase_shift != Nanos{0} || (event.size != Nanos{0} && seen_by_programs(event.cause));
  if (moves_offset) note_before_jump(event);
  if (current_) {
    if (event.cause == JumpCause::suspend) {
      // RAW has stood still: what was known then holds against the wall clock of then.
      ClockReading before = ports_.clock.now();
      before.wall = event.wall_before;
      // The kernel has set the wall clock from a clock that may have been wrong by anything.
      allow_pause_step(kResumeErrs, kNoLimit, current_->offset_of(before));
    }
    if (event.frequency_sd > 0) {
      current_ = current_->carried_to(ports_.clock.now().raw);
      trust_.expect_change();
    }
    current_->phase += event.phase_shift;
    current_->var_phase += event.phase_sd * event.phase_sd;
    current_->var_frequency += event.frequency_sd * event.frequency_sd;
  }
  if (moves_offset) note_history(ports_.clock.now());
  if (leaves_to_samples(event))
    leave_to_samples(event.size);
  else if (event.cause != JumpCause::own_step && event.cause != JumpCause::leap)
    move(PhaseEvent::disruption);
  kernel_.on_clock_set();
  steer();
}

}  // namespace slewd::core
