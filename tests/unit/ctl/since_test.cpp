// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/since.hpp"

#include <gtest/gtest.h>

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

TEST(ParseUtc, TakesATimeFromTheRightAsShortAsItMayBe) {
  const WallTime whole{1'770'091'506s};
  for (const char* text : {"2026-02-03T04:05:06Z", "2026-02-03T04:05:06", "2026-02-03 04:05:06Z"})
    EXPECT_EQ(parse_utc(text), whole) << text;
  EXPECT_EQ(parse_utc("2026-02-03T04:05:06.5Z"), whole + 500ms);
  EXPECT_EQ(parse_utc("2026-02-03T04:05:06.123456789Z"), whole + 123'456'789ns);
  EXPECT_EQ(parse_utc("2026-02-03T04:05Z"), whole - 6s);
  EXPECT_EQ(parse_utc("2026-02-03"), whole - 4h - 5min - 6s);
  EXPECT_EQ(parse_utc("1970-01-01"), WallTime{});
  EXPECT_EQ(parse_utc("1969-12-31T23:59:59.9Z"), WallTime{-100ms});
}

TEST(ParseUtc, RefusesEverythingElse) {
  for (const char* text : {"",
                           "2026",
                           "2026-02",
                           "2026-02-30",
                           "2026-13-01",
                           "26-02-03",
                           "2026-02-03T",
                           "x2026-02-03",
                           "2026-02-03T24:00",
                           "2026-02-03T04:60",
                           "2026-02-03T04:05:60",
                           "2026-02-03T04:05:06.",
                           "2026-02-03T04:05:06.1234567890Z",
                           "2026-02-03T04:05:06+01:00",
                           "2026-02-03T04",
                           "2026-02-03ZZ",
                           "1899-12-31",
                           "2200-01-01",
                           "2026-2-3",
                           "-026-02-03"})
    EXPECT_FALSE(parse_utc(text)) << text;
}

TEST(ParseSince, TakesAnAgeOrAMoment) {
  EXPECT_EQ(parse_since("2h"), Since(Nanos(2h)));
  EXPECT_EQ(parse_since("2026-02-03"), Since(WallTime{1'770'076'800s}));
  EXPECT_FALSE(parse_since("-2h"));
  const auto refused = parse_since("yesterday");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().describe(),
            "'yesterday' is not a duration (2h) or a UTC time (2026-02-03T04:05:06Z)");
}

}  // namespace
}  // namespace slewd::app
