// SPDX-License-Identifier: Apache-2.0
#include "agent/os/clock/system_clock.hpp"

#include <gtest/gtest.h>

#include "agent/os/process/entropy.hpp"

namespace slewd::os {
namespace {

TEST(SystemClock, ReadsTimelinesThatOnlyGrow) {
  const SystemClock clock;
  const core::ClockReading first = clock.now();
  const core::ClockReading second = clock.now();
  EXPECT_GE(second.mono, first.mono);
  EXPECT_GE(second.raw, first.raw);
  EXPECT_GE(second.boot, first.boot);
  EXPECT_GE(first.width, Nanos{0});
  EXPECT_GT(first.wall.since_epoch, Nanos{0});
}

TEST(SystemClock, ReadsBootTimeNoEarlierThanMonotonicLessTheWidth) {
  const core::ClockReading reading = SystemClock().now();
  EXPECT_GE(reading.boot.since_epoch, reading.mono.since_epoch - reading.width);
}

TEST(SystemEntropy, GivesDifferentNumbers) {
  SystemEntropy entropy;
  const std::uint64_t first = entropy.next();
  const std::uint64_t second = entropy.next();
  const std::uint64_t third = entropy.next();
  EXPECT_FALSE(first == second && second == third);
}

}  // namespace
}  // namespace slewd::os
