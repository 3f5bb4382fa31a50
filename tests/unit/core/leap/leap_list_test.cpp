// SPDX-License-Identifier: Apache-2.0
#include "agent/core/leap/leap_list.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kList =
    "#\tLeap seconds\n"
    "#$\t3960835200\n"
    "#@\t3991593600\n"
    "3644697600      36      # 1 Jul 2015\n"
    "\n"
    "3692217600      37      # 1 Jan 2017\n"
    "#h\t49db2447 571e5e1b 2f002a53 9c8da8e4 39b8e49e\n";

WallTime first_of(std::chrono::year_month_day date) {
  return WallTime{std::chrono::sys_days{date}.time_since_epoch()};
}

std::string refusal_of(const std::string& text) {
  const auto list = parse_leap_list(text, "list");
  return list ? "" : list.error().message();
}

TEST(LeapList, TellsWhatTaiIsFromEachLeapSecondOn) {
  const auto list = parse_leap_list(kList, "list");
  ASSERT_TRUE(list) << list.error().describe();
  using std::chrono::January;
  using std::chrono::July;
  using std::chrono::June;
  EXPECT_EQ(list->tai_offset(first_of(2015y / July / 1) - 1ns), std::nullopt);
  EXPECT_EQ(list->tai_offset(first_of(2015y / July / 1)), 36);
  EXPECT_EQ(list->tai_offset(first_of(2017y / January / 1) - 1ns), 36);
  EXPECT_EQ(list->tai_offset(first_of(2017y / January / 1)), 37);
  EXPECT_EQ(list->expires, first_of(2026y / June / 28));
  EXPECT_EQ(list->tai_offset(list->expires - 1ns), 37);
  EXPECT_EQ(list->tai_offset(list->expires), std::nullopt);
}

TEST(LeapList, NamesTheLineThatIsWrong) {
  EXPECT_EQ(refusal_of("#@ soon\n"), "list:1: the expiry is not a number of seconds since 1900");
  EXPECT_EQ(refusal_of("#@ 3991593600\nJan 2017 37\n"),
            "list:2: a line has the seconds since 1900 and TAI less UTC");
  EXPECT_EQ(refusal_of("3692217600 37 38\n"),
            "list:1: a line has the seconds since 1900 and TAI less UTC");
  EXPECT_EQ(refusal_of("99999999999 37\n"),
            "list:1: a line has the seconds since 1900 and TAI less UTC");
  EXPECT_EQ(refusal_of("3692217600 37\n3644697600 36\n"),
            "list:2: is not later than the line before");
}

TEST(LeapList, NeedsLeapSecondsAndAnExpiry) {
  EXPECT_EQ(refusal_of(""), "list: no expiry (#@); is this a leap-seconds.list?");
  EXPECT_EQ(refusal_of("3692217600 37\n"), "list: no expiry (#@); is this a leap-seconds.list?");
  EXPECT_EQ(refusal_of("#@ 3991593600\n"), "list: no leap second; is this a leap-seconds.list?");
}

TEST(LeapList, OfMoreLeapSecondsThanThereCanBeIsRefused) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += std::to_string(3'000'000'000 + i) + " 37\n";
  EXPECT_NE(refusal_of(text).find("more than 256 leap seconds"), std::string::npos);
}

}  // namespace
}  // namespace slewd::core
