// SPDX-License-Identifier: Apache-2.0
#include "sim/served_clock.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

const UpstreamLaw kNear{
    .delay = 5ms, .jitter = 300us, .frequency = Ppm{40}, .wander = 1e-9, .ahead = 40ms};
const UpstreamLaw kFar{.delay = 20ms, .jitter = 2ms, .frequency = Ppm{10}, .wander = 1e-8};

ServedClock make_clock(const UpstreamLaw& law, std::uint64_t seed = 1) {
  return {law, Random(seed, "oscillator"), Random(seed, "path"), kWorldStart};
}

double settled_rms(const UpstreamLaw& law, std::uint64_t seed) {
  ServedClock clock = make_clock(law, seed);
  double squares = 0;
  constexpr int kHours = 24;
  for (int t = 3600; t < 3600 * kHours; ++t) {
    const double error = to_seconds(clock.read(kWorldStart + t * 1s).ahead);
    squares += error * error;
  }
  return std::sqrt(squares / (3600 * (kHours - 1)));
}

TEST(ServedClock, IsUnsynchronisedAfterItsBootUntilTheThirdAnswer) {
  ServedClock clock = make_clock(kNear);
  const auto early = clock.read(kWorldStart + 4s);
  EXPECT_FALSE(early.synchronised);
  EXPECT_EQ(early.root_dispersion, 1s);
  EXPECT_NEAR(to_seconds(early.ahead), 40.16e-3, 1e-5) << "it runs 40 ppm fast";
  EXPECT_TRUE(clock.read(kWorldStart + 6s).synchronised);
}

TEST(ServedClock, MayBeSecondsOffAtFirstByItsOwnReportAndLessThanAMillisecondLater) {
  ServedClock clock = make_clock(kFar);
  Nanos most{};
  for (auto t = 6s; t < 60s; t += 1s)
    most = std::max(most, clock.read(kWorldStart + t).root_dispersion);
  EXPECT_GT(most, 1s);
  EXPECT_LT(clock.read(kWorldStart + 5min).root_dispersion, 20ms);
  most = {};
  for (auto t = 3600s; t < 24h; t += 10s)
    most = std::max(most, clock.read(kWorldStart + t).root_dispersion);
  EXPECT_LT(most, 5ms);
  EXPECT_GT(most, 1ms) << "it grows between two updates";
}

TEST(ServedClock, ReportsTheDelayOfItsQuickestExchange) {
  ServedClock clock = make_clock(kNear);
  const Nanos delay = clock.read(kWorldStart + 1h).root_delay;
  EXPECT_GE(delay, 10ms);
  EXPECT_LT(delay, 10ms + 200us);
}

TEST(ServedClock, IsAsFarOffAsMeasuredOnesAre) {
  double near = 0;
  double far = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    near += settled_rms(kNear, seed) / 4;
    far += settled_rms(kFar, seed) / 4;
  }
  EXPECT_NEAR(near, 41e-6, 8e-6);
  EXPECT_NEAR(far, 345e-6, 50e-6);
}

TEST(ServedClock, StaysWithinTheErrorThatItReports) {
  ServedClock clock = make_clock(kNear);
  int beyond = 0;
  for (int t = 600; t < 86'400; ++t) {
    const auto reading = clock.read(kWorldStart + t * 1s);
    if (magnitude(reading.ahead) > reading.root_dispersion + reading.root_delay / 2) ++beyond;
  }
  EXPECT_EQ(beyond, 0);
}

TEST(ServedClock, HasLongSettledWhenItIsUpForLong) {
  UpstreamLaw law = kNear;
  law.up_for = 12h;
  ServedClock clock = make_clock(law);
  const auto reading = clock.read(kWorldStart + 1s);
  EXPECT_TRUE(reading.synchronised);
  EXPECT_LT(magnitude(reading.ahead), 200us);
  EXPECT_LT(reading.root_dispersion, 2ms);
}

TEST(ServedClock, IsTheSameHoweverOftenItIsRead) {
  ServedClock often = make_clock(kNear);
  ServedClock seldom = make_clock(kNear);
  for (int t = 1; t < 7200; ++t) static_cast<void>(often.read(kWorldStart + t * 500ms));
  const auto a = often.read(kWorldStart + 2h);
  const auto b = seldom.read(kWorldStart + 2h);
  EXPECT_EQ(a.ahead, b.ahead);
  EXPECT_EQ(a.root_dispersion, b.root_dispersion);
}

TEST(ServedClock, StepsALargeErrorOnlyAtItsStart) {
  UpstreamLaw law = kNear;
  law.ahead = -24h;
  ServedClock clock = make_clock(law);
  EXPECT_LT(clock.read(kWorldStart + 1s).ahead, -23h);
  EXPECT_LT(magnitude(clock.read(kWorldStart + 6s).ahead), 10ms);
}

}  // namespace
}  // namespace slewd::sim
