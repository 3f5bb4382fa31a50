// SPDX-License-Identifier: Apache-2.0
#include "agent/core/snapshot.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

// A clock that is slewed at 20 ppm, from an oscillator that needs 10.
struct Published {
  Published() {
    snapshot.taken = {.mono = MonoTime{50s},
                      .raw = RawTime{50s},
                      .boot = BootTime{60s},
                      .wall = WallTime{1'700'000'000s},
                      .width = {},
                      .tai = {}};
    snapshot.synchronized_bound = 1s;
    snapshot.clock.offset = 100us;
    snapshot.clock.error_bound = 1100us;
    snapshot.clock.bound_growth = Ppm{15};
    snapshot.clock.jitter = 30us;
    snapshot.clock.frequency = Ppm{10};
    snapshot.estimate = Estimate{.at = snapshot.taken.raw,
                                 .phase = {},
                                 .frequency = 10e-6,
                                 .var_phase = 30e-6 * 30e-6,
                                 .covariance = 0,
                                 .var_frequency = 4e-6 * 4e-6};
    snapshot.clock.slew_rate = Ppm{20};
    snapshot.clock.slew_remaining = 100us;
    snapshot.clock.convergence = 5s;
    snapshot.clock.synchronized = true;
    snapshot.sources.resize(1);
    snapshot.sources[0].offset = -2ms;
    snapshot.sources[0].root_distance = 5ms;
    snapshot.step_offer.size = 100us;
    now = snapshot.taken;
  }
  void pass(Nanos raw) {
    const Nanos gained = from_seconds(to_seconds(raw) * 30e-6);
    now.raw += raw;
    now.mono += raw + gained;
    now.boot += raw + gained;
    now.wall += raw + gained;
  }

  Snapshot snapshot;
  ClockReading now;
};

TEST(Snapshot, CarriedForwardItsOffsetFollowsTheSlew) {
  Published published;
  published.pass(4s);
  const ClockView clock = clock_at(published.snapshot, published.now);
  EXPECT_EQ(*clock.offset, 20us);
  EXPECT_EQ(clock.slew_remaining, 20us);
  EXPECT_EQ(*clock.convergence, 1s - 120us);
  const Snapshot carried = carried_to(published.snapshot, published.now);
  EXPECT_EQ(carried.sources[0].offset, -2080us);
  EXPECT_EQ(carried.sources[0].root_distance, 5060us);
  EXPECT_EQ(carried.step_offer.size, 20us);
  EXPECT_EQ(carried.taken.raw, published.now.raw);
}

TEST(Snapshot, CarriedForwardItsBoundGrowsWithItsAgeAndDoubt) {
  Published published;
  published.pass(10s);
  const ClockView clock = clock_at(published.snapshot, published.now);
  EXPECT_EQ(*clock.offset, -100us);
  EXPECT_EQ(*clock.jitter, 50us) << "30 us, and 4 ppm for 10 s";
  EXPECT_EQ(*clock.error_bound, 1100us + 150us + 80us);
  EXPECT_TRUE(clock.synchronized);
  published.pass(24h);
  EXPECT_FALSE(clock_at(published.snapshot, published.now).synchronized);
}

TEST(Snapshot, AStepAndASuspendShowAtOnce) {
  Published published;
  published.pass(4s);
  published.now.wall += 11s;
  EXPECT_EQ(*clock_at(published.snapshot, published.now).offset, 20us - 11s);
  published.now.wall += -11s;
  published.now.wall += 1h;
  published.now.boot += 1h;
  EXPECT_EQ(*clock_at(published.snapshot, published.now).offset, 20us);
}

TEST(Snapshot, IsItselfAtItsOwnMomentAndWithoutAnEstimate) {
  Published published;
  EXPECT_EQ(*clock_at(published.snapshot, published.now).error_bound, 1100us);
  published.pass(4s);
  published.snapshot.clock.offset.reset();
  EXPECT_EQ(*clock_at(published.snapshot, published.now).error_bound, 1100us);
}

}  // namespace
}  // namespace slewd::core
