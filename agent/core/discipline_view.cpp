// What the discipline says of the clock: its offset with a bound, and how long the rest will take.
#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/core/discipline.hpp"
#include "agent/core/error_bound.hpp"

namespace slewd::core {

Nanos Discipline::error_bound(const ClockReading& now) const {
  return core::error_bound({.offset = current_->offset_of(now),
                            .root_delay = reference_.root_delay,
                            .root_dispersion = reference_.root_dispersion,
                            .sd = current_->sd_at(now.raw),
                            .age = now.raw - current_->at,
                            .interval = reference_.interval,
                            .unexplained = std::max(reference_.unexplained, dissent_),
                            .unexplained_rate = reference_.unexplained_rate});
}

Ppm Discipline::bound_growth() const {
  return from_ratio(kBoundDrift + reference_.unexplained_rate);
}

// A step that is still to come is a jump for those who wait for this.
bool Discipline::synchronized(const ClockReading& now, Nanos bound) const {
  if (!current_ || !last_update_ || majority_lost_) return false;
  if (steering() && startup_decision(now) != StepDecision::slew) return false;
  const bool settled = view_.phase != Phase::unset && view_.phase != Phase::alarm;
  return settled && bound <= config_.synchronized_bound;
}

ClockView Discipline::clock_view(const ClockReading& now) const {
  ClockView view;
  view.slew_rate = kernel_.slew_rate();
  if (steering()) view.base_frequency = base_frequency();
  view.frequency_limit = frequency_limit();
  view.frequency_state = trust_.state();
  view.frequency_doubt = trust_.doubt();
  view.last_update = last_update_;
  view.update_interval = update_interval_;
  if (!current_) {
    if (drift_.stored()) view.frequency = drift_.stored()->frequency;
    return view;
  }
  const Nanos offset = current_->offset_of(now);
  view.offset = offset;
  view.error_bound = error_bound(now);
  view.bound_growth = bound_growth();
  view.jitter = from_seconds(current_->sd_at(now.raw));
  view.rms_offset = from_seconds(std::sqrt(mean_square_offset_));
  view.root_delay = reference_.root_delay;
  view.root_dispersion = reference_.root_dispersion;
  view.frequency = from_ratio(current_->frequency);
  view.skew = from_ratio(std::sqrt(current_->var_frequency));
  view.synchronized = synchronized(now, *view.error_bound);
  view.stratum = reference_.stratum;
  view.leap = reference_.leap;
  if (view.slew_rate.value != 0) {
    view.slew_remaining = offset;
    // A small correction is spread: it takes as long as its own rate says.
    const Nanos at_this_rate =
        from_seconds(std::abs(to_seconds(offset) / to_ratio(view.slew_rate)));
    view.convergence =
        std::max(planner_.eta(offset, kernel_.headroom(base_frequency())), at_this_rate);
  } else if (steering()) {
    view.convergence = Nanos{0};
  }
  return majority_lost_ ? without_time(std::move(view)) : view;
}

}  // namespace slewd::core
