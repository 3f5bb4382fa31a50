// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/date.hpp"

#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

TEST(ScenarioDate, IsWrittenAsItIsRead) {
  for (const char* text :
       {"2026-01-01T00:00:00Z", "2016-12-31T23:59:59Z", "2028-02-29T07:08:09Z"}) {
    const auto date = parse_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(date_text(*date), text);
  }
  EXPECT_EQ(parse_date("2026-01-01T00:00:00Z"), kWorldStart);
  EXPECT_EQ(date_text(kWorldStart + 36h + 5min), "2026-01-02T12:05:00Z");
}

TEST(ScenarioDate, IsNoneWhereTheTextIsNot) {
  for (const char* text : {"", "2026-01-01", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
                           "2026-01-01T24:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:60Z",
                           "1969-12-31T00:00:00Z", "2200-01-01T00:00:00Z", "2026-0a-01T00:00:00Z"})
    EXPECT_FALSE(parse_date(text)) << text;
}

}  // namespace
}  // namespace slewd::sim
