// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/scenario.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

TEST(DriftLaw, IsASineToTheLastDigitsThatCount) {
  const DriftLaw law{DriftKind::sine, Ppm{2}, 24h};
  for (Nanos now = 0s; now < 48h; now += 17min) {
    const double expected = 2 * std::sin(2 * 3.14159265358979323846 * to_seconds(now) / 86400);
    EXPECT_NEAR(drift_at(law, now).value, expected, 1e-12) << to_seconds(now);
  }
}

TEST(DriftLaw, IsASquareThatBeginsHigh) {
  const DriftLaw law{DriftKind::square, Ppm{2.5}, 6h};
  EXPECT_EQ(drift_at(law, 0s), Ppm{2.5});
  EXPECT_EQ(drift_at(law, 3h - 1s), Ppm{2.5});
  EXPECT_EQ(drift_at(law, 3h), Ppm{-2.5});
  EXPECT_EQ(drift_at(law, 6h), Ppm{2.5});
}

TEST(DriftLaw, RisesSteadilyOrNotAtAll) {
  EXPECT_NEAR(drift_at({DriftKind::linear, Ppm{8.64}, 24h}, 10'000s).value, 1, 1e-12);
  EXPECT_EQ(drift_at({DriftKind::none, Ppm{5}, 24h}, 1h), Ppm{0});
}

TEST(PollText, IsInPowersOfTwoWherePossible) {
  EXPECT_EQ(poll_text({64s, 1024s}), "6:10");
  EXPECT_EQ(poll_text({1s, 1s}), "0:0");
  EXPECT_EQ(poll_text({10s, 60s}), "10s:1m");
}

}  // namespace
}  // namespace slewd::sim
