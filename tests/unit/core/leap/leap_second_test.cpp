// SPDX-License-Identifier: Apache-2.0
#include "agent/core/leap/leap_second.hpp"

#include <array>
#include <chrono>
#include <span>
#include <vector>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;
using std::chrono::July;
using std::chrono::June;
using std::chrono::March;

constexpr std::array kJuneAndDecember{6, 12};

WallTime utc_at(std::chrono::year_month_day date, Nanos into_day = 0ns) {
  return WallTime{std::chrono::sys_days{date}.time_since_epoch() + into_day};
}

const WallTime kEnd = utc_at(2026y / July / 1);
const WallTime kMorning = utc_at(2026y / June / 30, 1h);

std::vector<LeapVoice> say(std::initializer_list<Leap> leaps) {
  std::vector<LeapVoice> voices;
  for (const Leap leap : leaps) voices.push_back({.leap = leap});
  return voices;
}

// All said now.
bool hear(LeapSecond& leap, std::vector<LeapVoice> voices, WallTime now,
          std::span<const int> months) {
  for (LeapVoice& voice : voices) voice.heard = now;
  return leap.hear(voices, now, months);
}

LeapSecond after_hearing(const std::vector<LeapVoice>& voices, WallTime now = kMorning) {
  LeapSecond leap;
  (void)hear(leap, voices, now, kJuneAndDecember);
  return leap;
}

TEST(LeapSecond, IsPlannedOnceAMajorityOfTwoAnnouncesIt) {
  const auto plan =
      after_hearing(say({Leap::insert, Leap::insert, Leap::none, Leap::unknown})).planned();
  ASSERT_TRUE(plan);
  EXPECT_EQ(*plan, (AnnouncedLeap{Leap::insert, kEnd, LeapSupport::several}));
  EXPECT_EQ(plan->shift(), -1s);
  EXPECT_EQ(plan->due(), kEnd);
  EXPECT_FALSE(after_hearing(say({Leap::insert, Leap::none})).planned());
  EXPECT_FALSE(after_hearing(say({Leap::insert, Leap::none, Leap::none})).planned());
  EXPECT_FALSE(after_hearing({}).planned());
}

TEST(LeapSecond, IsForTheMonthInWhichItWasAnnounced) {
  LeapSecond leap;
  std::vector<LeapVoice> voices = say({Leap::insert, Leap::insert, Leap::none});
  voices[0].heard = voices[1].heard = kEnd - 10s;
  voices[2].heard = kEnd + 1s;
  // Two have not been asked since; the third is, after the month's end.
  (void)leap.hear(voices, kEnd + 2s, kJuneAndDecember);
  EXPECT_EQ(leap.heard_for(), kEnd);
  const WallTime last_day = utc_at(2026y / std::chrono::December / 31, 12h);
  EXPECT_FALSE(leap.hear(voices, last_day, kJuneAndDecember)) << "what was said of another month";
}

TEST(LeapSecond, ThatIsLeftOutIsTheLastOfItsMonth) {
  const auto plan = after_hearing(say({Leap::erase, Leap::erase})).planned();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->shift(), 1s);
  EXPECT_EQ(plan->due(), kEnd - 1s);
}

TEST(LeapSecond, OfTheOnlySourceIsPlannedAndSaysSo) {
  const auto plan = after_hearing(say({Leap::insert, Leap::unknown})).planned();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->support, LeapSupport::alone);
}

TEST(LeapSecond, OfATrustedSourceNeedsNoMajority) {
  auto voices = say({Leap::none, Leap::erase, Leap::none});
  voices[1].trust = true;
  const auto plan = after_hearing(voices).planned();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->leap, Leap::erase);
  EXPECT_EQ(plan->support, LeapSupport::several);
}

TEST(LeapSecond, IsPlannedOnTheLastDayOfAMonthThatCanHaveOne) {
  const auto voices = say({Leap::insert, Leap::insert});
  const auto planned = [&](WallTime now, std::vector<int> months) {
    LeapSecond leap;
    (void)hear(leap, voices, now, months);
    return leap.planned().has_value();
  };
  EXPECT_FALSE(planned(kEnd - 24h - 1ns, {6, 12}));
  EXPECT_TRUE(planned(kEnd - 24h, {6, 12}));
  EXPECT_TRUE(planned(kEnd - 1ns, {6, 12}));
  EXPECT_FALSE(planned(kEnd, {6, 12}));
  EXPECT_FALSE(planned(utc_at(2026y / March / 31, 12h), {6, 12}));
  EXPECT_TRUE(planned(utc_at(2026y / March / 31, 12h), {3, 6, 9, 12}));
  EXPECT_FALSE(planned(kMorning, {}));
}

TEST(LeapSecond, IsWithdrawnByASaidNoAndNotBySilence) {
  LeapSecond leap = after_hearing(say({Leap::insert, Leap::insert}));
  EXPECT_FALSE(hear(leap, {}, kMorning + 1h, kJuneAndDecember));
  EXPECT_FALSE(hear(leap, say({Leap::unknown}), kMorning + 2h, kJuneAndDecember));
  EXPECT_TRUE(leap.planned());
  EXPECT_TRUE(hear(leap, say({Leap::none, Leap::none}), kMorning + 3h, kJuneAndDecember));
  EXPECT_FALSE(leap.planned());
}

TEST(LeapSecond, StaysPlannedFromItsInstantUntilItIsCarriedOutOnce) {
  LeapSecond leap = after_hearing(say({Leap::insert, Leap::insert}));
  EXPECT_FALSE(hear(leap, say({Leap::none, Leap::none}), kEnd + 1ms, kJuneAndDecember));
  EXPECT_TRUE(leap.planned());
  leap.finish(true);
  EXPECT_FALSE(leap.planned());
  // True time is in the last second of the month once more, and the sources still announce.
  EXPECT_FALSE(hear(leap, say({Leap::insert, Leap::insert}), kEnd - 999ms, kJuneAndDecember));
  EXPECT_FALSE(leap.planned());
}

TEST(LeapSecond, ThatWasFollowedMayTurnOutNotToHaveBeen) {
  LeapSecond leap = after_hearing(say({Leap::insert}));
  EXPECT_FALSE(leap.expected(kMorning));
  leap.finish(true);
  EXPECT_EQ(leap.expected(kEnd + 10min), 1s);
  leap.settle();
  EXPECT_EQ(leap.expected(kEnd + 20min), -1s);
  EXPECT_FALSE(leap.expected(kEnd + 2h));
}

TEST(LeapSecond, OfAMinorityIsExpectedOnceItIsThere) {
  LeapSecond leap = after_hearing(say({Leap::insert, Leap::none}));
  (void)hear(leap, say({Leap::none, Leap::none}), kEnd + 1s, kJuneAndDecember);
  EXPECT_FALSE(leap.planned());
  EXPECT_EQ(leap.expected(kEnd + 1min), -1s);
}

TEST(LeapSecond, IsCloseWhileServersMayBeOnEitherSideOfIt) {
  LeapSecond leap = after_hearing(say({Leap::insert, Leap::insert}));
  EXPECT_FALSE(leap.is_close(kEnd - 3s));
  EXPECT_TRUE(leap.is_close(kEnd - 1s));
  leap.finish(true);
  EXPECT_TRUE(leap.is_close(kEnd - 1s));
  EXPECT_TRUE(leap.is_close(kEnd + 900ms));
  EXPECT_FALSE(leap.is_close(kEnd + 2s));
}

TEST(LeapSecond, OfTheKernelsClockMovesTrueTimeOnlyOnce) {
  LeapSecond leap = after_hearing(say({Leap::insert, Leap::insert}));
  EXPECT_TRUE(leap.accounts_for(-1s, kEnd - 10s)) << "the kernel is early: true time is not there";
  EXPECT_FALSE(leap.accounts_for(-1s, kEnd - 1ms));
  EXPECT_FALSE(leap.accounts_for(1s, kEnd - 10s)) << "another one";
  leap.finish(true);
  EXPECT_TRUE(leap.accounts_for(-1s, kEnd + 1ms)) << "the kernel is late";
  EXPECT_FALSE(leap.accounts_for(1s, kEnd + 1ms));
  EXPECT_FALSE(leap.accounts_for(-1s, kEnd + 48h));
}

}  // namespace
}  // namespace slewd::core
