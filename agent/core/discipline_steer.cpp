// The part of Discipline that touches the clock: frequency, slews and kernel flags.
#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/core/discipline.hpp"

namespace slewd::core {
namespace {

constexpr double kWellLearned = 0.5;  // of the doubt at the start that samples must have taken away
constexpr Ppm kVague{20};             // standard deviation
constexpr double kBaseShare = 0.9;    // of what the driver can do

// A small correction is spread over a quarter of the update interval: short enough to matter before
// the next sample, long enough that the rate stays within a few ppm.
Nanos spread_of(std::optional<Nanos> update_interval) {
  const Nanos quarter = update_interval.value_or(Nanos{0}) / 4;
  return std::clamp<Nanos>(quarter, std::chrono::seconds(1), std::chrono::seconds(16));
}

}  // namespace

// A frequency that is still vague stays near what is held.
Ppm Discipline::known_frequency() const {
  const Ppm held = held_frequency();
  if (!current_) return held;
  const Ppm found = from_ratio(current_->frequency);
  const bool known = std::sqrt(current_->var_frequency) <= to_ratio(kVague);
  if (known || magnitude(held) > kPlausibleOscillator) return found;
  return std::clamp(found, held - kUnknownOscillator, held + kUnknownOscillator);
}

// What has been proven, else the better known of what the samples and the drift file say.
Ppm Discipline::held_frequency() const {
  if (const auto proven = trust_.proven()) return *proven;
  const DriftRecord before = expected_.value_or(DriftRecord{Ppm{0}, kUnknownOscillator});
  // Samples that contradict each other show no frequency.
  const bool learned =
      current_ && reference_.unexplained == Nanos{0} &&
      std::sqrt(current_->var_frequency) < kWellLearned * to_ratio(before.uncertainty);
  return learned ? from_ratio(current_->frequency) : before.frequency;
}

// A frequency that is vague, or that rests on samples that contradict each other, is not what the
// clock should follow for hours without another sample.
std::optional<DriftRecord> Discipline::hold_frequency() {
  if (!current_) return std::nullopt;
  const bool known = std::sqrt(current_->var_frequency) <= to_ratio(kVague);
  if (known && reference_.unexplained == Nanos{0}) return std::nullopt;
  const double change = to_ratio(held_frequency()) - current_->frequency;
  if (change == 0) return std::nullopt;
  current_->frequency += change;
  current_->var_frequency += change * change;
  return DriftRecord{from_ratio(current_->frequency),
                     from_ratio(std::sqrt(current_->var_frequency))};
}

Ppm Discipline::base_frequency() const {
  const bool unsure = view_.phase == Phase::unset || view_.phase == Phase::spike ||
                      view_.phase == Phase::alarm || view_.phase == Phase::holdover;
  const Ppm wanted = unsure ? held_frequency() : known_frequency();
  const double most = frequency_limit().value;
  return Ppm{std::clamp(wanted.value, -most, most)};
}

Ppm Discipline::frequency_limit() const {
  // Some room must be left to slew.
  return std::min(trust_.limit(), ports_.driver.max_frequency() * kBaseShare);
}

DriftRecord Discipline::base() const {
  const double sd = current_ ? std::sqrt(current_->var_frequency) : 0;
  return {base_frequency(), from_ratio(sd)};
}

void Discipline::observe_if_denied(const Result<void>& programmed) {
  if (programmed) return;
  observe_reason_ = programmed.error().describe();
  move(PhaseEvent::told_to_observe);
}

void Discipline::steer() {
  const SteerPolicy policy = traits(view_.phase).steering;
  const ClockReading now = ports_.clock.now();
  // Without a slew in the plan, whatever slew was in force ends: nothing would renew or end it.
  if (policy != SteerPolicy::none)
    observe_if_denied(kernel_.steer(base(), planned_slew(policy, now)));
  if (current_) tell_decision(now);
}

std::optional<Slew> Discipline::planned_slew(SteerPolicy policy, const ClockReading& now) {
  const bool keeps_the_rate =
      policy == SteerPolicy::stored_frequency || policy == SteerPolicy::hold_frequency;
  if (keeps_the_rate || !current_) return std::nullopt;
  if (startup_decision(now) != StepDecision::slew) return std::nullopt;
  return planner_.plan(current_->offset_of(now), spread_of(update_interval_),
                       kernel_.headroom(base_frequency()), excess());
}

// What a well-known frequency is beyond what may be programmed for good. A slew ends with its
// lease.
Ppm Discipline::excess() const {
  const auto proven = trust_.proven();
  if (!proven || !trust_.implausible()) return Ppm{0};
  return *proven - base_frequency();
}

void Discipline::tell_decision(const ClockReading& now) {
  ports_.observer.on_decision({.at = now,
                               .phase = view_.phase,
                               .offset = current_->offset_of(now),
                               .frequency = base_frequency(),
                               .slew_rate = kernel_.slew_rate(),
                               .single_shot = kernel_.programmed().single_shot,
                               .poll_interval = reference_.poll_interval,
                               .bound = error_bound(now)});
}

void Discipline::look(const ClockReading& now, const Result<KernelReadback>* kernel) {
  catch_up_with_legacy_timer(now.mono);
  if (!current_) return;
  if (flags_.cleared(kernel) ||
      synchronized(now, error_bound(now)) != flags_.published_synchronized())
    publish_kernel_status(now);
}

void Discipline::arm_leap(Leap leap) {
  if (flags_.arm_leap(leap) && current_) publish_kernel_status(ports_.clock.now());
}

void Discipline::tell_tai_offset(std::optional<int> offset) {
  if (flags_.set_tai_offset(offset) && current_) publish_kernel_status(ports_.clock.now());
}

void Discipline::publish_kernel_status(const ClockReading& now) {
  if (!steering()) return;
  const Nanos bound = error_bound(now);
  const Result<void> published =
      flags_.publish({.synchronized = synchronized(now, bound),
                      .max_error = bound,
                      .estimated_error = from_seconds(current_->sd_at(now.raw))},
                     now.mono);
  if (!published) kernel_.note_failure("kernel status", published.error());
}

}  // namespace slewd::core
