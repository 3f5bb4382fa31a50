// SPDX-License-Identifier: Apache-2.0
#include "sim/oscillator.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

constexpr RawTime kRawStart{100s};

Oscillator make(OscillatorLaw law, std::uint64_t seed = 1) {
  return {std::move(law), Random(seed, "oscillator"), kWorldStart, kRawStart};
}

TEST(Oscillator, RunsTrueWithoutError) {
  Oscillator perfect = make({});
  EXPECT_EQ(perfect.raw_at(kWorldStart), kRawStart);
  EXPECT_EQ(perfect.raw_at(kWorldStart + 240h) - kRawStart, 240h);
}

TEST(Oscillator, GainsExactlyItsConstantError) {
  Oscillator fast = make({.frequency = Ppm{10}});
  Oscillator slow = make({.frequency = Ppm{-90.7}});
  EXPECT_NEAR(static_cast<double>((fast.raw_at(kWorldStart + 24h) - kRawStart - 24h).count()),
              864e6, 1.0);
  EXPECT_NEAR(static_cast<double>((slow.raw_at(kWorldStart + 24h) - kRawStart - 24h).count()),
              -90.7 * 86'400e3, 1.0);
}

TEST(Oscillator, DoesNotDependOnHowOftenItIsRead) {
  const OscillatorLaw law{.frequency = Ppm{-37.3}, .wander = 1e-7};
  Oscillator once = make(law);
  Oscillator often = make(law);
  Random gaps(9, "gaps");
  TrueTime now = kWorldStart;
  RawTime last = kRawStart;
  for (int i = 0; i < 20'000; ++i) {
    now += Nanos{static_cast<std::int64_t>(gaps.next() % 300'000'000)};
    const RawTime raw = often.raw_at(now);
    ASSERT_GE(raw, last);
    last = raw;
  }
  EXPECT_EQ(once.raw_at(now), last);
}

TEST(Oscillator, WandersLikeARandomWalk) {
  // After n seconds the frequency of a walk with step w has a standard deviation of w sqrt(n).
  constexpr int kWalks = 400;
  double squares = 0;
  for (int seed = 0; seed < kWalks; ++seed) {
    Oscillator walk = make({.frequency = {}, .wander = 1e-9}, static_cast<std::uint64_t>(seed));
    static_cast<void>(walk.raw_at(kWorldStart + 900s));
    squares += walk.frequency().value * walk.frequency().value;
  }
  EXPECT_NEAR(std::sqrt(squares / kWalks), 1e-3 * 30, 0.004);
}

TEST(Oscillator, FollowsALawOfTrueTime) {
  // +2 ppm in each second half of an hour.
  Oscillator square = make({.frequency = {}, .wander = 0, .drift = [](TrueTime t) {
                              return Ppm{t.since_epoch % 1h < 30min ? 0.0 : 2.0};
                            }});
  EXPECT_EQ(square.raw_at(kWorldStart + 30min) - kRawStart, 30min);
  EXPECT_NEAR(static_cast<double>((square.raw_at(kWorldStart + 1h) - kRawStart - 1h).count()),
              2e-6 * 1800e9, 2.0);
}

TEST(Oscillator, ForecastsTheMomentThatItThenReaches) {
  for (const double ppm : {-500.0, -12.5, 0.0, 3.0, 500.0}) {
    Oscillator oscillator = make({.frequency = Ppm{ppm}});
    static_cast<void>(oscillator.raw_at(kWorldStart + 1234567ns));
    for (const Nanos ahead : {Nanos{2'000'000}, Nanos(1s), Nanos(64s), Nanos(36h)}) {
      const TrueTime when = oscillator.when(kRawStart + ahead);
      Oscillator witness = make({.frequency = Ppm{ppm}});
      EXPECT_LT(witness.raw_at(when - 1ns), kRawStart + ahead) << ppm;
      EXPECT_GE(witness.raw_at(when), kRawStart + ahead) << ppm;
    }
  }
}

TEST(Oscillator, ShiftsItsFrequencyForGood) {
  Oscillator oscillator = make({.frequency = Ppm{5}});
  oscillator.shift_frequency(kWorldStart + 1500ms, Ppm{-20});
  EXPECT_NEAR(oscillator.frequency().value, -15, 1e-9);
  EXPECT_NEAR(static_cast<double>((oscillator.raw_at(kWorldStart + 101'500ms) - kRawStart).count()),
              1.5e9 * (1 + 5e-6) + 100e9 * (1 - 15e-6), 2.0);
}

TEST(Oscillator, StandsStillWhileStopped) {
  Oscillator oscillator = make({.frequency = Ppm{7}});
  const RawTime before = oscillator.raw_at(kWorldStart + 2500ms);
  oscillator.stop(kWorldStart + 2500ms, kWorldStart + 12'500ms);
  EXPECT_EQ(oscillator.raw_at(kWorldStart + 3s), before);
  EXPECT_EQ(oscillator.raw_at(kWorldStart + 12'500ms), before);
  EXPECT_NEAR(static_cast<double>((oscillator.raw_at(kWorldStart + 22'500ms) - before).count()),
              10e9 * (1 + 7e-6), 2.0);
  EXPECT_GT(oscillator.when(before + 1s), kWorldStart + 13s);
}

}  // namespace
}  // namespace slewd::sim
