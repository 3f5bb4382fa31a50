// SPDX-License-Identifier: Apache-2.0
// What an application needs to bound the true time by itself: how far off the clock may be at a
// moment, how fast that grows, and until when it holds. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/core/snapshot.hpp"
#include "base/timeline.hpp"

namespace slewd::clockbound {

// The numbers of ClockBound's protocol.
enum class Status : std::int32_t { unknown = 0, synchronized = 1, free_running = 2, disrupted = 3 };

// So long after its making a bound may be used, if no newer one comes.
inline constexpr Nanos kHorizon = std::chrono::seconds(60);

struct TimeBound {
  MonoTime as_of;
  MonoTime void_after;
  // The true time is within `bound` of the wall clock at `as_of`; it grows by `growth_ppb`
  // nanoseconds in a second, whatever of a slew is still programmed.
  Nanos bound{};
  std::uint32_t growth_ppb = 0;
  Status status = Status::unknown;
  std::uint64_t disruptions = 0;  // jumps of the clock so far
};

// Without an offset and a bound the status is `unknown`.
[[nodiscard]] TimeBound bound_of(const core::Snapshot& snapshot, const core::ClockReading& now);

// The same over a counter of the processor instead of the wall clock: neither slews nor steps of
// the wall clock touch it.
struct CounterBound {
  std::uint64_t counter = 0;  // at `as_of`
  WallTime as_of;             // the true time then, as the sources have it
  WallTime void_after;
  double period = 0;        // s of true time in a count
  double period_error = 0;  // ratio
  Nanos bound{};
  std::uint32_t growth_ppb = 0;
  Status status = Status::unknown;
  std::uint64_t disruptions = 0;
};

// One count of the counter as CLOCK_MONOTONIC_RAW has it, s, and how wrong that may be (ratio).
struct CounterPeriod {
  double seconds = 0;
  double error = 0;
};

// `counter` was read within the reading `now`. Without a period or an estimate: `unknown`.
[[nodiscard]] CounterBound counter_bound_of(const core::Snapshot& snapshot,
                                            const core::ClockReading& now, std::uint64_t counter,
                                            const std::optional<CounterPeriod>& period);

}  // namespace slewd::clockbound
