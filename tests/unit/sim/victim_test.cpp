// SPDX-License-Identifier: Apache-2.0
#include "sim/victim.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

class VictimTest : public testing::Test {
 protected:
  Victim make(VictimKind kind) {
    Victim victim(kind, [this](const std::string& line) { log_.push_back(line); });
    victim.start(now_);
    return victim;
  }
  void pass(Nanos time) {
    now_.mono += time;
    now_.wall += time;
  }
  void step(Nanos by) { now_.wall += by; }

  core::ClockReading now_{MonoTime{100s}, RawTime{100s}, BootTime{100s}, WallTime{1'767'225'600s},
                          Nanos{}};
  std::vector<std::string> log_;
};

TEST_F(VictimTest, GreetsAndLogsInWhileTheClockRunsForward) {
  for (const VictimKind kind : {VictimKind::kills_itself, VictimKind::hangs_logins}) {
    Victim victim = make(kind);
    pass(1s);
    EXPECT_THAT(victim.greeting(now_), StartsWith("* OK "));
    EXPECT_THAT(victim.answer("a1 LOGIN user secret\r\n", now_), StartsWith("a1 OK "));
    step(1h);
    EXPECT_THAT(victim.answer("a2 noop", now_), StartsWith("a2 OK "));
    EXPECT_TRUE(victim.alive());
  }
  EXPECT_TRUE(log_.empty());
}

TEST_F(VictimTest, KillsItselfWithStatus89WhenTheClockGoesBackElevenSeconds) {
  Victim victim = make(VictimKind::kills_itself);
  pass(300ms);
  step(-11s);
  victim.wake(now_);
  EXPECT_FALSE(victim.alive());
  EXPECT_EQ(victim.exit_status(), 89);
  ASSERT_EQ(log_.size(), 1U);
  EXPECT_EQ(log_[0],
            "dovecot: Time just moved backwards by 11 seconds. This might cause a lot of problems, "
            "so I'll just kill myself now.");
  EXPECT_EQ(victim.greeting(now_), "");
  EXPECT_EQ(victim.answer("a1 NOOP", now_), "");
}

TEST_F(VictimTest, SleepsThroughFiveSecondsAndDiesBeyond) {
  Victim sleeper = make(VictimKind::kills_itself);
  step(-5s);
  sleeper.wake(now_);
  EXPECT_TRUE(sleeper.alive());
  EXPECT_EQ(sleeper.greeting(now_), "");
  pass(6s - 1ns);
  EXPECT_EQ(sleeper.greeting(now_), "");
  pass(1ns);
  EXPECT_THAT(sleeper.greeting(now_), StartsWith("* OK "));

  Victim dier = make(VictimKind::kills_itself);
  step(-5s - 1ns);
  dier.wake(now_);
  EXPECT_FALSE(dier.alive());
}

TEST_F(VictimTest, SeesTheStepLessTheTimeSinceItsLastWakeUp) {
  Victim idle = make(VictimKind::kills_itself);
  pass(7s);
  step(-11s);
  idle.wake(now_);  // 4 s back as it sees it
  EXPECT_TRUE(idle.alive());
  Victim long_idle = make(VictimKind::kills_itself);
  pass(1min);
  step(-11s);
  long_idle.wake(now_);
  EXPECT_THAT(long_idle.greeting(now_), StartsWith("* OK "));
}

TEST_F(VictimTest, DiesInItsSleepsEndWhenSteppedAgain) {
  Victim victim = make(VictimKind::kills_itself);
  step(-3s);
  victim.wake(now_);
  pass(1s);
  step(-1h);
  victim.wake(now_);
  EXPECT_TRUE(victim.alive());  // a sleeping process notices nothing
  pass(3s);
  victim.wake(now_);
  EXPECT_FALSE(victim.alive());
}

TEST_F(VictimTest, NoticesNothingOfASlew) {
  Victim victim = make(VictimKind::kills_itself);
  for (int i = 0; i < 1000; ++i) {
    now_.mono += 900ms;
    now_.wall += 900ms;  // MONO slews with WALL, at 10 % here
    victim.wake(now_);
  }
  EXPECT_TRUE(victim.alive());
  EXPECT_TRUE(log_.empty());
}

TEST_F(VictimTest, ARestartMakesItWellAgain) {
  Victim victim = make(VictimKind::kills_itself);
  step(-11s);
  victim.wake(now_);
  ASSERT_FALSE(victim.alive());
  victim.start(now_);
  EXPECT_TRUE(victim.alive());
  EXPECT_EQ(victim.exit_status(), std::nullopt);
  EXPECT_THAT(victim.greeting(now_), StartsWith("* OK "));
}

TEST_F(VictimTest, StopsOrderly) {
  Victim victim = make(VictimKind::kills_itself);
  victim.stop();
  EXPECT_FALSE(victim.alive());
  EXPECT_EQ(victim.exit_status(), 0);
  step(-1h);
  victim.wake(now_);
  victim.stop();
  EXPECT_EQ(victim.exit_status(), 0);
  EXPECT_TRUE(log_.empty());
}

TEST_F(VictimTest, HangingLoginsStillGreetAndComeBackAfterTheStep) {
  Victim victim = make(VictimKind::hangs_logins);
  step(-60s);
  EXPECT_THAT(victim.greeting(now_), StartsWith("* OK "));
  EXPECT_EQ(victim.answer("a1 LOGIN user secret", now_), "");
  EXPECT_THAT(victim.answer("a2 NOOP", now_), StartsWith("a2 OK"));
  pass(60s - 1ns);
  EXPECT_EQ(victim.answer("a1 LOGIN user secret", now_), "");
  pass(1ns);
  EXPECT_THAT(victim.answer("a1 LOGIN user secret", now_), StartsWith("a1 OK "));
  EXPECT_TRUE(victim.alive());
  ASSERT_EQ(log_.size(), 1U);
  EXPECT_THAT(log_[0], HasSubstr("60.000 seconds"));
}

TEST_F(VictimTest, LoginsHangForThreeMinutesAtMost) {
  Victim victim = make(VictimKind::hangs_logins);
  step(-1h);
  victim.wake(now_);
  pass(180s - 1ns);
  EXPECT_EQ(victim.answer("a1 LOGIN user secret", now_), "");
  pass(1ns);
  EXPECT_NE(victim.answer("a1 LOGIN user secret", now_), "");
}

TEST_F(VictimTest, AReloadEndsTheHang) {
  Victim victim = make(VictimKind::hangs_logins);
  step(-1h);
  victim.reload(now_);
  EXPECT_THAT(victim.answer("a1 LOGIN user secret", now_), StartsWith("a1 OK "));
}

TEST_F(VictimTest, SpeaksEnoughImapForAProbe) {
  Victim victim = make(VictimKind::hangs_logins);
  EXPECT_THAT(victim.answer("a CAPABILITY", now_), HasSubstr("IMAP4rev1"));
  EXPECT_THAT(victim.answer("a LOGOUT", now_), HasSubstr("* BYE"));
  EXPECT_THAT(victim.answer("a LOGIN user", now_), StartsWith("a BAD"));
  EXPECT_THAT(victim.answer("a SELECT INBOX", now_), StartsWith("a BAD"));
  EXPECT_THAT(victim.answer("", now_), StartsWith("* BAD"));
  EXPECT_THAT(victim.answer("\xff\xfe", now_), StartsWith("* BAD"));
}

}  // namespace
}  // namespace slewd::sim
