// What the discipline says of the clock: its offset with a bound, and how long the rest will take.
#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/core/discipline.hpp"

namespace slewd::core {

// A step that is still to come is a jump for those who wait for this.
bool Discipline::synchronized(const ClockReading& now, Nanos bound) const {
  if (!state_.last_update() || state_.majority_lost()) return false;
  if (steering() && startup_decision(now) != StepDecision::slew) return false;
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
