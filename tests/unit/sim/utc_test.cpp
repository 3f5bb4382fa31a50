// SPDX-License-Identifier: Apache-2.0
#include "sim/utc.hpp"

#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

constexpr TrueTime kMidnight = kWorldStart;  // of a new year

TEST(Utc, IsTrueTimeUntilALeapSecondIsInserted) {
  Utc utc;
  utc.add_leap(kMidnight, core::Leap::insert);
  EXPECT_EQ(utc.at(kMidnight - 1ns), to_wall(kMidnight) - 1ns);
  EXPECT_EQ(utc.at(kMidnight), to_wall(kMidnight) - 1s) << "23:59:59 comes twice";
  EXPECT_EQ(utc.at(kMidnight + 1h), to_wall(kMidnight) + 1h - 1s);
}

TEST(Utc, LeavesTheLastSecondOfTheDayOutAtANegativeLeap) {
  Utc utc;
  utc.add_leap(kMidnight, core::Leap::erase);
  EXPECT_EQ(utc.at(kMidnight - 1s - 1ns), to_wall(kMidnight) - 1s - 1ns);
  EXPECT_EQ(utc.at(kMidnight - 1s), to_wall(kMidnight));
}

TEST(Utc, CountsTheMidnightOfTheNextLeapInItself) {
  Utc utc;
  utc.add_leap(kMidnight, core::Leap::insert);
  utc.add_leap(kMidnight + 48h, core::Leap::insert);
  EXPECT_EQ(utc.at(kMidnight + 48h), to_wall(kMidnight) + 48h - 1s);
  EXPECT_EQ(utc.at(kMidnight + 48h + 1s), to_wall(kMidnight) + 48h - 1s) << "midnight comes now";
}

TEST(Utc, AnnouncesALeapForADayBeforeIt) {
  Utc utc;
  utc.add_leap(kMidnight, core::Leap::insert);
  EXPECT_EQ(utc.announced(kMidnight - 24h - 1s), core::Leap::none);
  EXPECT_EQ(utc.announced(kMidnight - 24h), core::Leap::insert);
  EXPECT_EQ(utc.announced(kMidnight - 1ns), core::Leap::insert);
  EXPECT_EQ(utc.announced(kMidnight), core::Leap::none);
}

TEST(Utc, IsLeapingForHalfASecondOnEitherSide) {
  Utc utc;
  utc.add_leap(kMidnight, core::Leap::erase);
  EXPECT_TRUE(utc.is_leaping(kMidnight - 1s));
  EXPECT_TRUE(utc.is_leaping(kMidnight - 1400ms));
  EXPECT_FALSE(utc.is_leaping(kMidnight));
  EXPECT_FALSE(utc.is_leaping(kMidnight - 2s));
}

}  // namespace
}  // namespace slewd::sim
