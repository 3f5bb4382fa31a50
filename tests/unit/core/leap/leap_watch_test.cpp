// SPDX-License-Identifier: Apache-2.0
#include "agent/core/leap/leap_watch.hpp"

#include <array>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;
using std::chrono::December;
using std::chrono::January;
using std::chrono::July;
using std::chrono::June;
using std::chrono::March;

WallTime utc(std::chrono::year_month_day date, Nanos into_day = 0ns) {
  return WallTime{std::chrono::sys_days{date}.time_since_epoch() + into_day};
}

constexpr std::array kUsual{6, 12};
const WallTime kNoon = utc(2026y / June / 30, 12h);

std::vector<LeapClaim> heard(WallTime when, std::initializer_list<Leap> leaps) {
  std::vector<LeapClaim> claims;
  for (const Leap leap : leaps)
    claims.push_back({std::string(1, static_cast<char>('a' + claims.size())), leap, when, true});
  return claims;
}

TEST(LeapWatch, KnowsTheDaysAroundAPossibleLeapSecond) {
  EXPECT_FALSE(leap_may_be_near(utc(2026y / June / 29, 24h - 1ns), kUsual));
  EXPECT_TRUE(leap_may_be_near(utc(2026y / June / 30), kUsual));
  EXPECT_TRUE(leap_may_be_near(utc(2026y / July / 1, 24h - 1ns), kUsual));
  EXPECT_FALSE(leap_may_be_near(utc(2026y / July / 2), kUsual));
  EXPECT_TRUE(leap_may_be_near(utc(2026y / December / 31), kUsual));
  EXPECT_TRUE(leap_may_be_near(utc(2027y / January / 1), kUsual));
  EXPECT_FALSE(leap_may_be_near(utc(2026y / December / 30), kUsual));
  EXPECT_FALSE(leap_may_be_near(utc(2026y / March / 31), kUsual));
  EXPECT_TRUE(leap_may_be_near(utc(2028y / June / 30), kUsual));
}

TEST(LeapWatch, NamesWhoAnnouncesAndWhoDoesNotAfterAnHour) {
  LeapWatch watch;
  const auto mixed = [](WallTime now) {
    return heard(now, {Leap::insert, Leap::insert, Leap::none});
  };
  EXPECT_EQ(watch.look(mixed(kNoon), kNoon, kUsual).note, "");
  EXPECT_EQ(watch.look(mixed(kNoon + 59min), kNoon + 59min, kUsual).note, "");
  const auto found = watch.look(mixed(kNoon + 1h), kNoon + 1h, kUsual);
  EXPECT_EQ(found.note,
            "a leap second is announced by a, b and not by c: servers that smear it must not be "
            "mixed with servers that step");
  EXPECT_EQ(found.reasons[0], "");
  EXPECT_EQ(found.reasons[2], "does not announce the leap second that 2 others do");
}

TEST(LeapWatch, NotesOnceADayAndKeepsTheReasons) {
  LeapWatch watch;
  int notes = 0;
  for (WallTime now = utc(2026y / June / 29); now < utc(2026y / July / 3); now += 10min) {
    const auto found = watch.look(heard(now, {Leap::none, Leap::none, Leap::insert}), now, kUsual);
    if (!found.note.empty()) ++notes;
    const bool stands = now - utc(2026y / June / 30) >= 1h && now < utc(2026y / July / 2);
    EXPECT_EQ(found.reasons[2], stands ? "announces a leap second that 2 others do not" : "");
  }
  EXPECT_EQ(notes, 2);
}

TEST(LeapWatch, OfTwoEqualGroupsBothStandOut) {
  LeapWatch watch;
  const auto claims = heard(kNoon, {Leap::insert, Leap::none});
  (void)watch.look(claims, kNoon, kUsual);
  const auto found = watch.look(claims, kNoon + 1h, kUsual);
  EXPECT_NE(found.reasons[0], "");
  EXPECT_NE(found.reasons[1], "");
}

TEST(LeapWatch, AnAnnouncementThatSpreadsWithinTheHourIsNoMixture) {
  LeapWatch watch;
  (void)watch.look(heard(kNoon, {Leap::insert, Leap::none}), kNoon, kUsual);
  (void)watch.look(heard(kNoon, {Leap::insert, Leap::insert}), kNoon + 30min, kUsual);
  (void)watch.look(heard(kNoon, {Leap::none, Leap::insert}), kNoon + 40min, kUsual);
  EXPECT_EQ(watch.look(heard(kNoon, {Leap::none, Leap::insert}), kNoon + 80min, kUsual).note, "");
}

TEST(LeapWatch, CountsOnlySelectableSourcesThatHaveSpokenOnTheseDays) {
  LeapWatch watch;
  auto claims = heard(kNoon, {Leap::insert, Leap::none, Leap::none, Leap::unknown});
  claims[1].selectable = false;
  claims[2].heard = utc(2026y / June / 29, 23h);
  (void)watch.look(claims, kNoon, kUsual);
  EXPECT_EQ(watch.look(claims, kNoon + 2h, kUsual).note, "");
}

}  // namespace
}  // namespace slewd::core
