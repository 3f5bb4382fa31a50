// SPDX-License-Identifier: Apache-2.0
#include "base/utc.hpp"

#include <gtest/gtest.h>

namespace slewd {
namespace {

using namespace std::chrono_literals;

TEST(UtcText, WritesTimesBeforeTheEpochAndFarAhead) {
  EXPECT_EQ(utc_text(WallTime{-1ns}), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(utc_text(WallTime{Nanos::max()}), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(utc_text(WallTime{Nanos::min()}), "1677-09-21T00:12:43.145224192Z");
}

TEST(UtcText, CutsTheFractionAndRoundsNothing) {
  const WallTime wall{1709210096s + 999'999'999ns};
  EXPECT_EQ(utc_text(wall, 6), "2024-02-29T12:34:56.999999Z");
  EXPECT_EQ(utc_text(wall, 0), "2024-02-29T12:34:56Z");
  EXPECT_EQ(utc_text(WallTime{-1ns}, 6), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(utc_text(WallTime{4102444800s}, 6), "2100-01-01T00:00:00.000000Z");
}

TEST(UtcText, IsWrittenAsKubernetesHasIt) {
  const WallTime wall{1772366400s + 123456789ns};
  EXPECT_EQ(utc_text(wall, 6), "2026-03-01T12:00:00.123456Z");
  EXPECT_EQ(utc_text(wall, 0), "2026-03-01T12:00:00Z");
}

}  // namespace
}  // namespace slewd
