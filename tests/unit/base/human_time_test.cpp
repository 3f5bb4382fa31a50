// SPDX-License-Identifier: Apache-2.0
#include "base/human_time.hpp"

#include <gtest/gtest.h>

namespace slewd {
namespace {

using namespace std::chrono_literals;

TEST(HumanTime, SaysTheTwoLargestUnits) {
  EXPECT_EQ(human_time(22'000s), "6 h 7 min");
  EXPECT_EQ(human_time(110s), "1 min 50 s");
  EXPECT_EQ(human_time(24h + 90min), "1 d 2 h");
  EXPECT_EQ(human_time(24h * 83 + 8h), "83 d 8 h");
  EXPECT_EQ(human_time(24h * 255 + 13h), "256 d");
}

TEST(HumanTime, LeavesOutAUnitThatIsZero) {
  EXPECT_EQ(human_time(1h), "1 h");
  EXPECT_EQ(human_time(3min), "3 min");
  EXPECT_EQ(human_time(24h * 14), "14 d");
}

TEST(HumanTime, NeverSaysSixtySeconds) {
  EXPECT_EQ(human_time(59'700ms), "1 min");
  EXPECT_EQ(human_time(119'600ms), "2 min");
  EXPECT_EQ(human_time(3599'700ms), "1 h");
  EXPECT_EQ(human_time(24h - 1s), "1 d");
}

TEST(HumanTime, KeepsThreeDigitsBelowAMinuteUnlessTheSecondsAreWhole) {
  EXPECT_EQ(human_time(11s), "11 s");
  EXPECT_EQ(human_time(55s), "55 s");
  EXPECT_EQ(human_time(1500ms), "1.50 s");
  EXPECT_EQ(human_time(82'400ns), "82.4 us");
}

TEST(HumanTime, KeepsTheSign) {
  EXPECT_EQ(human_time(-11s), "-11 s");
  EXPECT_EQ(human_time(-22'000s), "-6 h 7 min");
}

TEST(HumanRate, HasNoMoreDigitsThanItNeeds) {
  EXPECT_EQ(human_rate(Ppm{100'000}), "100000 ppm");
  EXPECT_EQ(human_rate(Ppm{0.25}), "0.25 ppm");
  EXPECT_EQ(human_rate(Ppm{-12}), "-12 ppm");
  EXPECT_EQ(human_rate(Ppm{0}), "0 ppm");
}

}  // namespace
}  // namespace slewd
