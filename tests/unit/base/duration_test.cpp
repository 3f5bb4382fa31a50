// SPDX-License-Identifier: Apache-2.0
#include "base/duration.hpp"

#include <random>

#include <gtest/gtest.h>

namespace slewd {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsEachUnit) {
  EXPECT_EQ(parse_duration("1ns"), Nanos{1});
  EXPECT_EQ(parse_duration("1us"), 1us);
  EXPECT_EQ(parse_duration("50ms"), 50ms);
  EXPECT_EQ(parse_duration("64s"), 64s);
  EXPECT_EQ(parse_duration("15m"), 15min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("3d"), 72h);
}

TEST(Duration, ReadsSignsDecimalsAndFallingParts) {
  EXPECT_EQ(parse_duration("-11s"), -11s);
  EXPECT_EQ(parse_duration("+1.5ms"), 1500us);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration(" 64s "), 64s);
  EXPECT_EQ(parse_duration("64 s"), 64s);
}

TEST(Duration, RefusesWhatIsNoDurationAndSaysWhy) {
  for (const char* wrong : {"", "64", "s", "64 apples", "1m1h", "1s1s", "0x10s", "1e3s", "nan s",
                            "infs", "--1s", "9999999999d", "1h-30m"}) {
    const auto parsed = parse_duration(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().code(), ErrorCode::invalid);
    EXPECT_NE(parsed.error().message().find("is not a duration: "), std::string::npos) << wrong;
  }
}

TEST(Duration, NamesTheMissingUnit) {
  EXPECT_NE(parse_duration("64").error().message().find("unit is missing"), std::string::npos);
}

TEST(Duration, NamesTheUnknownUnit) {
  EXPECT_NE(parse_duration("64 parsecs").error().message().find("unknown unit 'parsecs'"),
            std::string::npos);
}

TEST(Duration, FormatsShortly) {
  EXPECT_EQ(format(Nanos{0}), "0s");
  EXPECT_EQ(format(Nanos(-11s)), "-11s");
  EXPECT_EQ(format(Nanos(1500us)), "1.5ms");
  EXPECT_EQ(format(Nanos(90min)), "1h30m");
  EXPECT_EQ(format(Nanos(24h * 14)), "14d");
  EXPECT_EQ(format(Nanos{1'000'000'001}), "1.000000001s");
}

TEST(Duration, FormatIsReadBackToTheSameValue) {
  const std::uint64_t seed = 1;
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    const int digits = static_cast<int>(random() % 52);
    const Nanos value{static_cast<std::int64_t>(random() >> (63 - digits)) *
                      (random() % 2 == 0 ? 1 : -1)};
    const auto parsed = parse_duration(format(value));
    ASSERT_TRUE(parsed) << "seed " << seed << ": " << format(value);
    EXPECT_EQ(*parsed, value) << "seed " << seed << ": " << format(value);
  }
}

TEST(Duration, RoundsForPeople) {
  EXPECT_EQ(format_rounded(-11s), "-11.0 s");
  EXPECT_EQ(format_rounded(82'412ns), "82.4 us");
  EXPECT_EQ(format_rounded(1234us), "1.23 ms");
  EXPECT_EQ(format_rounded(20min), "20.0 min");
}

}  // namespace
}  // namespace slewd
