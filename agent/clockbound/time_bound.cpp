// SPDX-License-Identifier: Apache-2.0
#include "agent/clockbound/time_bound.hpp"

#include <algorithm>
#include <cmath>

namespace slewd::clockbound {
namespace {

// Readers compare with CLOCK_MONOTONIC_COARSE, which is late by a tick of the kernel's at most, and
// take a bound of their future for an error.
constexpr Nanos kCoarseTick = std::chrono::milliseconds(10);
constexpr double kMostGrowth = 999'999'999;  // ppb: readers refuse 10^9 and more

// The clocks after `later`, if nothing is programmed anew: a slew goes on.
core::ClockReading carried(const core::Snapshot& snapshot, core::ClockReading now, Nanos later) {
  const core::ClockView& clock = snapshot.clock;
  Ppm programmed = clock.base_frequency.value_or(Ppm{}) + clock.slew_rate;
  if (!clock.base_frequency && snapshot.kernel) programmed = snapshot.kernel->frequency;
  const Nanos wall = later + from_seconds(to_seconds(later) * to_ratio(programmed));
  now.mono += wall;
  now.boot += wall;
  now.raw += later;
  now.wall += wall;
  return now;
}

// A bound is convex in time: the sum of an offset that runs through zero, of what grows evenly, and
// of what grows faster and faster. The straight line from its beginning to its end lies above it.
std::uint32_t growth_between(Nanos begin, Nanos end) {
  const double ppb = std::ceil(to_seconds(end - begin) / to_seconds(kHorizon) * 1e9);
  return static_cast<std::uint32_t>(std::clamp(ppb, 0.0, kMostGrowth));
}

std::uint64_t newest_jump(const core::Snapshot& snapshot) {
  const auto& recent = snapshot.jumps.recent;
  return recent.empty() ? 0 : recent[recent.size() - 1].id;
}

Status status_of(const core::Snapshot& snapshot, const core::ClockView& clock) {
  if (!clock.error_bound) return Status::unknown;
  const bool heard = snapshot.phase.phase != core::Phase::holdover;
  return clock.synchronized && heard ? Status::synchronized : Status::free_running;
}

}  // namespace

TimeBound bound_of(const core::Snapshot& snapshot, const core::ClockReading& now) {
  const core::ClockView clock = core::clock_at(snapshot, now);
  const core::ClockView later = core::clock_at(snapshot, carried(snapshot, now, kHorizon));
  TimeBound bound;
  bound.as_of = now.mono - kCoarseTick;
  bound.void_after = now.mono + kHorizon;
  bound.disruptions = newest_jump(snapshot);
  if (!clock.error_bound || !later.error_bound) return bound;
  bound.bound = *clock.error_bound + now.width;
  bound.growth_ppb = growth_between(*clock.error_bound, *later.error_bound);
  bound.status = status_of(snapshot, clock);
  return bound;
}

CounterBound counter_bound_of(const core::Snapshot& snapshot, const core::ClockReading& now,
                              std::uint64_t counter, const std::optional<CounterPeriod>& period) {
  const core::ClockView clock = core::clock_at(snapshot, now);
  CounterBound bound;
  bound.counter = counter;
  bound.disruptions = newest_jump(snapshot);
  if (!period || !clock.error_bound || !clock.offset || !clock.frequency) return bound;
  // As the bound of the clock, but for the offset: this is the true time itself.
  const auto uncertainty = [](const core::ClockView& view) {
    return *view.error_bound - magnitude(*view.offset);
  };
  const core::ClockView later = core::clock_at(snapshot, carried(snapshot, now, kHorizon));
  bound.as_of = now.wall + *clock.offset;
  bound.void_after = bound.as_of + kHorizon;
  bound.period = period->seconds * (1 + to_ratio(*clock.frequency));
  bound.period_error = period->error;
  bound.bound = uncertainty(clock) + now.width;
  bound.growth_ppb = growth_between(uncertainty(clock), uncertainty(later));
  bound.status = status_of(snapshot, clock);
  return bound;
}

}  // namespace slewd::clockbound
