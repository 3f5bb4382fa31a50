// SPDX-License-Identifier: Apache-2.0
#include "agent/os/net/kernel_stamp.hpp"

#include <algorithm>
#include <chrono>

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kStampNoise = 1us;  // beyond the widths of both readings

// The kernel slews CLOCK_MONOTONIC and the wall clock alike, so only a step changes what lies
// between them.
bool stepped(const core::ClockReading& before, const core::ClockReading& after) {
  const Nanos moved = (after.wall - before.wall) - (after.mono - before.mono);
  return magnitude(moved) > before.width + after.width + kStampNoise;
}

}  // namespace

std::optional<RawTime> raw_of(WallTime stamp, const core::ClockReading& before,
                              const core::ClockReading& after) {
  if (stamp < before.wall || stamp > after.wall || stepped(before, after)) return std::nullopt;
  const Nanos age = after.wall - stamp;
  // A simulated clock can stand still between the readings.
  const Nanos wall = std::max(after.wall - before.wall, Nanos{1});
  const double raw_for_wall = to_seconds(after.raw - before.raw) / to_seconds(wall);
  return after.raw - from_seconds(to_seconds(age) * raw_for_wall);
}

}  // namespace slewd::os
