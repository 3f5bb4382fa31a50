// SPDX-License-Identifier: Apache-2.0
#include "agent/clockbound/cycle_counter.hpp"

#include <gtest/gtest.h>

namespace slewd::clockbound {
namespace {

using namespace std::chrono_literals;

// 3 GHz, with a reading that is 100 ns wide; `suspended` counts in CLOCK_BOOTTIME alone.
CountedReading reading(Nanos raw, std::uint64_t counter, Nanos suspended = 0ns) {
  CountedReading made;
  made.clocks.raw = RawTime{raw};
  made.clocks.mono = MonoTime{raw};
  made.clocks.boot = BootTime{raw + suspended};
  made.clocks.width = 100ns;
  made.counter = counter;
  return made;
}

TEST(CounterRate, IsKnownAfterTenSecondsAndBetterWithTime) {
  CounterRate rate;
  rate.add(reading(0s, 1'000));
  rate.add(reading(5s, 1'000 + 15'000'000'000));
  EXPECT_FALSE(rate.period());
  rate.add(reading(10s, 1'000 + 30'000'000'000));
  ASSERT_TRUE(rate.period());
  EXPECT_NEAR(rate.period()->seconds * 3e9, 1, 1e-12);
  EXPECT_NEAR(rate.period()->error, 20e-9, 1e-10);
  rate.add(reading(1000s, 1'000 + 3'000'000'000'000));
  EXPECT_NEAR(rate.period()->error, 0.2e-9, 1e-11);
}

TEST(CounterRate, BeginsAnewWhereTheCounterMayHaveBeenSet) {
  CounterRate rate;
  rate.add(reading(0s, 1'000));
  rate.add(reading(20s, 1'000 + 60'000'000'000));
  ASSERT_TRUE(rate.period());
  rate.add(reading(21s, 500));
  EXPECT_FALSE(rate.period()) << "it went back";
  rate.add(reading(31s, 500 + 30'000'000'000));
  ASSERT_TRUE(rate.period());
  rate.add(reading(32s, 500 + 33'000'000'000, 60s));
  EXPECT_FALSE(rate.period()) << "a suspend";
}

TEST(CycleCounter, GoesOnWhereTheKernelUsesIt) {
  if (!kernel_uses_cycle_counter()) GTEST_SKIP() << "another clocksource";
  const std::uint64_t first = read_cycle_counter();
  EXPECT_GE(read_cycle_counter(), first);
}

}  // namespace
}  // namespace slewd::clockbound
