// The part of Discipline that touches the clock: frequency, slews and kernel flags.
#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/core/discipline.hpp"

namespace slewd::core {
namespace {

// A small correction is spread over a quarter of the update interval: short enough to matter before
// the next sample, long enough that the rate stays within a few ppm.
Nanos spread_of(std::optional<Nanos> update_interval) {
  const Nanos quarter = update_interval.value_or(Nanos{0}) / 4;
  return std::clamp<Nanos>(quarter, std::chrono::seconds(1), std::chrono::seconds(16));
}

}  // namespace

DriftRecord Discipline::base() const {
  return state_.base_frequency(view_.phase, ports_.driver.max_frequency());
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
  if (state_.estimate()) tell_decision(now);
}

std::optional<Slew> Discipline::planned_slew(SteerPolicy policy, const ClockReading& now) {
  const bool keeps_the_rate =
      policy == SteerPolicy::stored_frequency || policy == SteerPolicy::hold_frequency;
  if (keeps_the_rate || !state_.estimate()) return std::nullopt;
  if (startup_decision(now) != StepDecision::slew) return std::nullopt;
  const Ppm base = this->base().frequency;
  return planner_.plan(state_.offset(now), spread_of(state_.update_interval()),
                       kernel_.headroom(base), state_.excess(base));
}

void Discipline::tell_decision(const ClockReading& now) {
  ports_.observer.on_decision({.at = now,
                               .phase = view_.phase,
                               .offset = state_.offset(now),
                               .frequency = base().frequency,
                               .slew_rate = kernel_.slew_rate(),
                               .single_shot = kernel_.programmed().single_shot,
                               .poll_interval = state_.reference().poll_interval,
                               .bound = state_.error_bound(now)});
}

void Discipline::look(const ClockReading& now, const Result<KernelReadback>* kernel) {
  catch_up_with_legacy_timer(now.mono);
  if (!state_.estimate()) return;
  if (flags_.cleared(kernel) ||
      synchronized(now, state_.error_bound(now)) != flags_.published_synchronized())
    publish_kernel_status(now);
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

}  // namespace slewd::core
