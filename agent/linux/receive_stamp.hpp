// From the kernel's receive stamp, which is wall time, to the un-slewed timeline. Pure.
#pragma once

#include <optional>

#include "agent/core/ports.hpp"
#include "base/timeline.hpp"

namespace slewd::os {

// How far the wall clock was ahead of CLOCK_MONOTONIC at a moment. The kernel slews both alike, so
// only a step changes it.
struct WallAnchor {
  Nanos wall_less_mono{};
  Nanos uncertainty{};
};
[[nodiscard]] WallAnchor anchor_of(const core::ClockReading& reading);

struct Arrival {
  RawTime raw;
  core::StampSource source = core::StampSource::daemon;
};

// `now` is read just after the packet was; `sent` is the anchor of its request. The stamp's age
// (now.wall - stamp) is taken off now.raw. It cannot be trusted, and the arrival is `now` itself,
// when there is no stamp, when the age is negative or above 1 s, or when the wall clock was stepped
// since the request: the step may lie between stamp and read and would enter as a false delay.
[[nodiscard]] Arrival arrival_of(std::optional<WallTime> stamp, const core::ClockReading& now,
                                 const WallAnchor& sent);

}  // namespace slewd::os
