// SPDX-License-Identifier: Apache-2.0
#include "agent/os/net/kernel_stamp.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

// At `since` on a machine whose wall clock and CLOCK_MONOTONIC run at `rate` against RAW.
core::ClockReading reading_at(Nanos since, double rate = 1, Nanos stepped = 0s) {
  const Nanos slewed{static_cast<std::int64_t>(static_cast<double>(since.count()) * rate)};
  core::ClockReading reading;
  reading.raw = RawTime{100s + since};
  reading.mono = MonoTime{90s + slewed};
  reading.wall = WallTime{1'700'000'000s + slewed + stepped};
  reading.width = 200ns;
  return reading;
}

TEST(KernelStamp, IsTheMomentThatItsDistanceFromBothReadingsSays) {
  const core::ClockReading before = reading_at(0s);
  const core::ClockReading after = reading_at(10ms);
  for (const Nanos since : {0ns, 1ns, Nanos{30us}, Nanos{9970us}, Nanos{10ms}})
    EXPECT_EQ(raw_of(before.wall + since, before, after), before.raw + since);
}

TEST(KernelStamp, IsCorrectedForTheSlewInForce) {
  for (const double rate : {0.9, 1.1}) {
    const core::ClockReading before = reading_at(0s, rate);
    const core::ClockReading after = reading_at(10s, rate);
    for (const Nanos since : {Nanos{20us}, Nanos{4s}, Nanos{10s - 20us}}) {
      const auto raw = raw_of(reading_at(since, rate).wall, before, after);
      ASSERT_TRUE(raw);
      EXPECT_LE(magnitude(*raw - (before.raw + since)), 2ns) << rate << ' ' << since.count();
    }
  }
}

TEST(KernelStamp, IsNoFurtherOffThanTheWorseOfTheReadings) {
  const core::ClockReading before = reading_at(0s);
  core::ClockReading after = reading_at(10us);
  after.raw += 200ns;  // read late, as within its width
  const auto raw = raw_of(before.wall + 5us, before, after);
  ASSERT_TRUE(raw);
  EXPECT_EQ(*raw, before.raw + 5us + 100ns);
}

TEST(KernelStamp, OfAClockThatStandsStillIsThatMoment) {
  const core::ClockReading still = reading_at(0s);
  EXPECT_EQ(raw_of(still.wall, still, still), still.raw);
}

TEST(KernelStamp, IsNotTrustedFromOutsideTheReadings) {
  const core::ClockReading before = reading_at(0s);
  const core::ClockReading after = reading_at(10ms);
  EXPECT_FALSE(raw_of(before.wall - 1ns, before, after));
  EXPECT_FALSE(raw_of(after.wall + 1ns, before, after));
}

TEST(KernelStamp, IsNotTrustedWhenTheWallClockWasSteppedBetweenTheReadings) {
  const core::ClockReading before = reading_at(0s);
  for (const Nanos step : {Nanos{2us}, Nanos{-2us}, Nanos{100ms}, Nanos{-5ms}}) {
    const core::ClockReading after = reading_at(10ms, 1, step);
    EXPECT_FALSE(raw_of(before.wall + 100us, before, after)) << step.count();
    EXPECT_FALSE(raw_of(after.wall - 100us, before, after)) << step.count();
  }
}

TEST(KernelStamp, IsTrustedWhenTheReadingsDifferByNoMoreThanTheirWidths) {
  const core::ClockReading before = reading_at(0s);
  const core::ClockReading noisy = reading_at(10ms, 1, 1us);
  EXPECT_TRUE(raw_of(noisy.wall - 100us, before, noisy));
}

}  // namespace
}  // namespace slewd::os
