// SPDX-License-Identifier: Apache-2.0
// What the guest's tools share: readings of the kernel's clocks, in nanoseconds. Static programs
// without a line of slewd's own code, so that a fault of slewd cannot hide in its own test.
#pragma once

#include <cstdint>
#include <ctime>

namespace slewd::e2e {

inline constexpr std::int64_t kSecond = 1'000'000'000;

[[nodiscard]] inline std::int64_t read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

[[nodiscard]] inline timespec to_timespec(std::int64_t nanoseconds) {
  timespec time{};
  time.tv_sec = nanoseconds / kSecond;
  time.tv_nsec = nanoseconds % kSecond;
  if (time.tv_nsec < 0) {
    time.tv_sec -= 1;
    time.tv_nsec += kSecond;
  }
  return time;
}

// Where CLOCK_REALTIME lies above CLOCK_MONOTONIC: only a set of the clock changes it.
struct Place {
  std::int64_t mono{};    // after the reading
  std::int64_t offset{};  // REALTIME less MONOTONIC
  std::int64_t doubt{};   // half of the time that the reading took
};

[[nodiscard]] inline Place read_place() {
  const std::int64_t before = read_clock(CLOCK_MONOTONIC);
  const std::int64_t wall = read_clock(CLOCK_REALTIME);
  const std::int64_t after = read_clock(CLOCK_MONOTONIC);
  return {after, wall - before - (after - before) / 2, (after - before) / 2};
}

// An emulated processor is taken away for milliseconds now and then: the best of some readings.
[[nodiscard]] inline Place read_place_well(int readings) {
  Place best = read_place();
  for (int i = 1; i < readings; ++i) {
    const Place place = read_place();
    if (place.doubt < best.doubt) best = place;
  }
  return best;
}

}  // namespace slewd::e2e
