// SPDX-License-Identifier: Apache-2.0
#include "agent/clockbound/time_bound.hpp"

#include <gtest/gtest.h>

namespace slewd::clockbound {
namespace {

using namespace std::chrono_literals;

core::Snapshot synchronized() {
  core::Snapshot snapshot;
  snapshot.synchronized_bound = 1s;
  snapshot.phase.phase = core::Phase::sync;
  snapshot.clock.offset = 2ms;
  snapshot.clock.error_bound = 3ms;
  snapshot.clock.bound_growth = Ppm{15};
  snapshot.clock.frequency = Ppm{0};
  snapshot.clock.base_frequency = Ppm{0};
  snapshot.clock.synchronized = true;
  return snapshot;
}

core::ClockReading at(Nanos since) {
  core::ClockReading reading;
  reading.mono = MonoTime{since};
  reading.raw = RawTime{since};
  reading.boot = BootTime{since};
  reading.wall = WallTime{since};
  return reading;
}

TEST(TimeBound, HoldsTheOffsetAndGrowsWithTheClock) {
  const TimeBound bound = bound_of(synchronized(), at(0s));
  EXPECT_EQ(bound.status, Status::synchronized);
  EXPECT_EQ(bound.bound, 3ms);
  EXPECT_NEAR(bound.growth_ppb, 15'000, 1);
  EXPECT_EQ(bound.void_after, MonoTime{kHorizon});
  EXPECT_EQ(bound.as_of, MonoTime{-10ms}) << "coarse clocks must have reached it";
}

TEST(TimeBound, ASlewThatRunsOnBeyondItsEndIsCoveredToTheHorizon) {
  core::Snapshot snapshot = synchronized();
  snapshot.clock.bound_growth = Ppm{0};
  snapshot.clock.slew_rate = Ppm{500};
  // In 60 s the clock moves by 30 ms: from 2 ms behind to 28 ms ahead.
  const TimeBound bound = bound_of(snapshot, at(0s));
  const double at_horizon = to_seconds(bound.bound) + bound.growth_ppb * 1e-9 * 60;
  EXPECT_NEAR(at_horizon, 28e-3 + 1e-3, 1e-4);
}

TEST(TimeBound, WithoutAnOffsetOrAMajorityNothingIsKnown) {
  core::Snapshot without = synchronized();
  without.clock = core::without_time(without.clock);
  EXPECT_EQ(bound_of(without, at(0s)).status, Status::unknown);
  core::Snapshot split = synchronized();
  split.majority_lost = true;
  EXPECT_EQ(bound_of(split, at(0s)).status, Status::unknown);
}

TEST(TimeBound, InHoldoverAndBeyondTheSynchronizedBoundTheClockRunsFree) {
  core::Snapshot holdover = synchronized();
  holdover.phase.phase = core::Phase::holdover;
  EXPECT_EQ(bound_of(holdover, at(0s)).status, Status::free_running);
  core::Snapshot wide = synchronized();
  wide.synchronized_bound = 2ms;
  EXPECT_EQ(bound_of(wide, at(10s)).status, Status::free_running);
}

TEST(TimeBound, AStepOfTheWallClockIsInTheNextBound) {
  core::ClockReading stepped = at(1s);
  stepped.wall += -11s;
  const TimeBound bound = bound_of(synchronized(), stepped);
  EXPECT_GE(bound.bound, 11s + 2ms);
}

TEST(CounterBound, IsTheTrueTimeWhateverTheWallClockShows) {
  core::Snapshot snapshot = synchronized();
  snapshot.clock.frequency = Ppm{100};
  const CounterPeriod period{1 / 3e9, 1e-9};
  const CounterBound bound = counter_bound_of(snapshot, at(0s), 77, period);
  EXPECT_EQ(bound.status, Status::synchronized);
  EXPECT_EQ(bound.counter, 77U);
  EXPECT_EQ(bound.as_of, WallTime{2ms});
  EXPECT_EQ(bound.bound, 1ms) << "without the offset";
  EXPECT_NEAR(bound.period * 3e9, 1 + 100e-6, 1e-12);
  core::ClockReading stepped = at(0s);
  stepped.wall += -11s;
  stepped.raw += 1ns;
  EXPECT_LT(magnitude(counter_bound_of(snapshot, stepped, 77, period).as_of - bound.as_of), 10ns);
  EXPECT_EQ(counter_bound_of(snapshot, at(0s), 77, {}).status, Status::unknown);
}

}  // namespace
}  // namespace slewd::clockbound
