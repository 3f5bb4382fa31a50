// SPDX-License-Identifier: Apache-2.0
#include "agent/core/ntp/plausible_time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

WallTime day(int year, unsigned month = 1, unsigned of_month = 1) {
  return WallTime{std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} /
                                        std::chrono::day{of_month}}
                      .time_since_epoch()};
}

const WallTime kBuilt = day(2026, 11, 30);
const PlausibleTime kOurs{kBuilt, "the build of slewd"};

TEST(PlausibleTime, TheClockOfThisMachineNeverChoosesTheEra) {
  for (const WallTime truth :
       {day(2026, 12, 1), day(2035), day(2036, 2, 7), day(2036, 4), day(2080)})
    for (const int wrong : {1970, 1980, 2026, 2038, 2099, 2106, 2151})
      EXPECT_EQ(kOurs.time_of(to_ntp(truth), day(wrong)), truth) << wrong;
}

TEST(PlausibleTime, WorksOnEitherSideOfAnEra) {
  const PlausibleTime later{day(2171), "a later build"};
  for (const WallTime truth : {day(2172, 3, 15), day(2172, 3, 17), day(2200)})
    EXPECT_EQ(later.time_of(to_ntp(truth), truth), truth);
}

TEST(PlausibleTime, RefusesAServerWithoutTime) {
  for (const int year : {1953, 1970, 1980, 1987, 2007, 2082, 2090})
    EXPECT_FALSE(kOurs.time_of(to_ntp(day(year)), day(2026, 12))) << year;
  const NtpTimestamp seconds_since_1970{std::uint64_t{1'796'000'000} << 32};
  EXPECT_FALSE(kOurs.time_of(seconds_since_1970, day(2026, 12)));
}

TEST(PlausibleTime, RefusesWhatCountsFromZeroUnlessADateOfThisMachineIsNear) {
  const NtpTimestamp up_for_300s{std::uint64_t{300} << 32};
  for (const int wall : {1970, 2026, 2033, 2039, 2099})
    EXPECT_FALSE(kOurs.time_of(up_for_300s, day(wall)));
  const WallTime era_one = day(2036, 2, 7) + 6h + 28min + 16s + 300s;
  EXPECT_EQ(kOurs.time_of(up_for_300s, day(2036, 2, 7)), era_one);
  const PlausibleTime kept{kBuilt, "the build of slewd", day(2036, 1, 20)};
  EXPECT_EQ(kept.time_of(up_for_300s, day(1970)), era_one);
}

TEST(PlausibleTime, AFileWithAnImpossibleDateDoesNotCount) {
  for (const int year : {1970, 2020, 2099, 2151})
    EXPECT_EQ(PlausibleTime(kBuilt, "the build", day(year)).newest_date(), kBuilt) << year;
  EXPECT_EQ(PlausibleTime(kBuilt, "the build", day(2030)).newest_date(), day(2030));
}

TEST(PlausibleTime, SaysWhatWasReadAndWhatIsBelieved) {
  EXPECT_EQ(
      kOurs.refusal_of(to_ntp(day(1987, 6, 1))),
      "implausible: the server's time is 1987-06-01 or 136 years later; believed is 2026-11-30 "
      "(the build of slewd) to 2081-11-29");
  EXPECT_THAT(kOurs.refusal_of({std::uint64_t{300} << 32}), HasSubstr("counts from zero"));
}

}  // namespace
}  // namespace slewd::core
