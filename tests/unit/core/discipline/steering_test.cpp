// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/steering.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

constexpr Ppm kHeadroom{100'000};

TEST(Steering, SpreadsASmallCorrectionOverTheGivenTime) {
  Steering steering{SteeringConfig{}};
  const auto slew = steering.plan(160us, 16s, kHeadroom);
  ASSERT_TRUE(slew);
  EXPECT_DOUBLE_EQ(slew->rate.value, 10.0);
  EXPECT_EQ(slew->duration, 16s);
}

TEST(Steering, ALongSlewAtTheRateOfAdjtimeIsASingleShot) {
  Steering steering{SteeringConfig{}};
  const auto middle = steering.plan(-100ms, 16s, kHeadroom);
  EXPECT_EQ(middle->means, SlewMeans::single_shot);
  EXPECT_EQ(middle->amount, -8ms) << "500 ppm for a lease of 16 s";
  EXPECT_LT(middle->duration, SteeringConfig{}.lease) << "renewed before it ends";
  const auto last = steering.plan(6ms, 1s, kHeadroom);
  EXPECT_EQ(last->means, SlewMeans::single_shot);
  EXPECT_EQ(last->amount, 5ms);
  EXPECT_EQ(last->duration, 10s + 5ms);
  EXPECT_EQ(steering.plan(3ms, 1s, kHeadroom)->means, SlewMeans::frequency);
}

TEST(Steering, AnyOtherRateIsNoSingleShot) {
  Steering slow{SteeringConfig{.max_slew = Ppm{400}}};
  EXPECT_EQ(slow.plan(100ms, 1s, kHeadroom)->means, SlewMeans::frequency);
  Steering steering{SteeringConfig{}};
  EXPECT_EQ(steering.plan(11s, 1s, kHeadroom)->means, SlewMeans::frequency);
}

TEST(Steering, NeverExceedsTheConfiguredRateOfItsClass) {
  Steering steering{SteeringConfig{}};
  EXPECT_DOUBLE_EQ(steering.plan(-100ms, 1s, kHeadroom)->rate.value, -500);
  EXPECT_DOUBLE_EQ(steering.plan(11s, 1s, kHeadroom)->rate.value, 5000);
}

TEST(Steering, NeverExceedsWhatTheDriverCanDo) {
  Steering steering{SteeringConfig{}};
  EXPECT_DOUBLE_EQ(steering.plan(11s, 1s, Ppm{450})->rate.value, 450);
}

TEST(Steering, NoSlewOutlivesItsLease) {
  Steering steering{SteeringConfig{}};
  EXPECT_EQ(steering.plan(11s, 1s, kHeadroom)->duration, SteeringConfig{}.lease);
}

TEST(Steering, ALargeErrorIsBroughtHomeAtTheLargeRateToItsEnd) {
  Steering steering{SteeringConfig{}};
  (void)steering.plan(11s, 1s, kHeadroom);
  EXPECT_DOUBLE_EQ(steering.plan(100ms, 1s, kHeadroom)->rate.value, 5000);
  (void)steering.plan(500us, 1s, kHeadroom);
  EXPECT_DOUBLE_EQ(steering.plan(100ms, 1s, kHeadroom)->rate.value, 500);
}

TEST(Steering, ALargeErrorIsNotSpreadAtItsEnd) {
  Steering steering{SteeringConfig{.large_offset_slew = Ppm{100'000}}};
  (void)steering.plan(11s, 16s, kHeadroom);
  EXPECT_DOUBLE_EQ(steering.plan(110ms, 16s, kHeadroom)->rate.value, 100'000);
}

TEST(Steering, ASlewIsTimedOnTheTimelineThatItBends) {
  Steering steering{SteeringConfig{.large_offset_slew = Ppm{100'000}}};
  EXPECT_EQ(steering.plan(1s, 1s, kHeadroom)->duration, 11s);
  EXPECT_EQ(steering.plan(-1s, 1s, kHeadroom)->duration, 9s);
}

TEST(Steering, LeavesNothingToDoWhenThereIsNothingToCorrect) {
  Steering steering{SteeringConfig{}};
  EXPECT_FALSE(steering.plan(Nanos{20}, 16s, kHeadroom));
}

TEST(Steering, AnAbsurdErrorNeitherOverflowsNorSpins) {
  Steering steering{SteeringConfig{.max_slew = Ppm{1}, .large_offset_slew = Ppm{1}}};
  const Nanos absurd = 24h * 365 * 50;
  EXPECT_EQ(steering.plan(absurd, 1s, kHeadroom)->duration, SteeringConfig{}.lease);
  EXPECT_GT(steering.eta(absurd, kHeadroom), 24h * 365 * 200);
}

TEST(Steering, PredictsWhenItWillBeDone) {
  const Steering steering{SteeringConfig{}};
  EXPECT_EQ(steering.eta(11s, kHeadroom), 2200s);
  EXPECT_EQ(steering.eta(-100ms, kHeadroom), 200s);
}

TEST(Steering, MakesUpForWhatTheBaseFrequencyMayNotHave) {
  Steering steering{SteeringConfig{}};
  const auto idle = steering.plan(0s, 16s, kHeadroom, Ppm{1444});
  ASSERT_TRUE(idle);
  EXPECT_DOUBLE_EQ(idle->rate.value, 1444);
  EXPECT_EQ(idle->duration, SteeringConfig{}.lease) << "ends unless it is renewed";
  EXPECT_EQ(idle->means, SlewMeans::frequency);
}

TEST(Steering, CorrectsAnOffsetOnTopOfTheExcess) {
  Steering steering{SteeringConfig{}};
  const auto up = steering.plan(160us, 16s, kHeadroom, Ppm{1444});
  EXPECT_NEAR(up->rate.value, 1454, 1e-9);
  const auto down = steering.plan(-160us, 16s, kHeadroom, Ppm{1444});
  EXPECT_NEAR(down->rate.value, 1434, 1e-9);
  const auto against = steering.plan(-100ms, 16s, kHeadroom, Ppm{-1444});
  EXPECT_NEAR(against->rate.value, -1944, 1e-9);
}

TEST(Steering, AnExcessIsNeverASingleShot) {
  Steering steering{SteeringConfig{}};
  EXPECT_EQ(steering.plan(100ms, 1s, kHeadroom, Ppm{1444})->means, SlewMeans::frequency);
  EXPECT_EQ(steering.plan(0s, 1s, kHeadroom, Ppm{500})->means, SlewMeans::frequency);
}

TEST(Steering, AnExcessNeverExceedsTheLargeRateNorTheDriver) {
  Steering steering{SteeringConfig{}};
  EXPECT_DOUBLE_EQ(steering.plan(0s, 1s, kHeadroom, Ppm{50'000})->rate.value, 5000);
  EXPECT_DOUBLE_EQ(steering.plan(11s, 1s, kHeadroom, Ppm{4000})->rate.value, 5000);
  EXPECT_DOUBLE_EQ(steering.plan(-11s, 1s, Ppm{450}, Ppm{-4000})->rate.value, -450);
}

constexpr BootTime kJustBooted{20s};
constexpr BootTime kRunsForLong{5min};

TEST(StartupStep, IsTakenBackwardOnlySoonAfterTheBootAndOnlyBeforeTheFirstSync) {
  const StepConfig config;
  for (const BootTime uptime : {kJustBooted, kRunsForLong}) {
    EXPECT_EQ(decide_startup_step(11s, false, config, uptime), StepDecision::step);
    EXPECT_EQ(decide_startup_step(11s, true, config, uptime), StepDecision::slew);
    EXPECT_EQ(decide_startup_step(-11s, true, config, uptime), StepDecision::slew);
    EXPECT_EQ(decide_startup_step(100ms, false, config, uptime), StepDecision::slew);
  }
  EXPECT_EQ(decide_startup_step(-11s, false, config, kJustBooted), StepDecision::step);
  EXPECT_EQ(decide_startup_step(-11s, false, config, kRunsForLong), StepDecision::slew);
}

TEST(StartupStep, ObeysNeverForwardAndAny) {
  const auto decided = [](StartupStep at_startup, Nanos offset, BootTime uptime) {
    return decide_startup_step(offset, false, {.at_startup = at_startup}, uptime);
  };
  EXPECT_EQ(decided(StartupStep::never, 11s, kJustBooted), StepDecision::slew);
  EXPECT_EQ(decided(StartupStep::forward, 11s, kRunsForLong), StepDecision::step);
  EXPECT_EQ(decided(StartupStep::forward, -11s, kJustBooted), StepDecision::slew);
  EXPECT_EQ(decided(StartupStep::any, -11s, kRunsForLong), StepDecision::step);
}

}  // namespace
}  // namespace slewd::core
