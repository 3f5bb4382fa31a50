// SPDX-License-Identifier: Apache-2.0
#include "exporter/verdict.hpp"

#include <gmock/gmock.h>

#include "exporter/corrected_time.hpp"

#include "tests/unit/exporter/sample_data.hpp"

namespace slewd::exporter {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

Verdict in_phase(core::Phase phase) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.phase.phase = phase;
  if (phase == core::Phase::observe) snapshot.mode = core::Mode::observe;
  return judge(snapshot, kNow);
}

core::ClockReading later_by(Nanos time) {
  core::ClockReading now = kNow;
  now.mono += time;
  now.raw += time;
  now.boot += time;
  now.wall += time;
  return now;
}

// Mode observe, and no other program keeps the clock.
core::Snapshot observing() {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.mode = core::Mode::observe;
  snapshot.phase.phase = core::Phase::observe;
  snapshot.steering = false;
  snapshot.observe_reason = "mode is observe";
  snapshot.clock.slew_rate = Ppm{0};
  snapshot.clock.slew_remaining = 0ns;
  return snapshot;
}

TEST(Verdict, IsOkWhenInSyncAndClose) {
  const Verdict verdict = in_phase(core::Phase::sync);
  EXPECT_EQ(verdict.level, Level::ok);
  EXPECT_EQ(verdict.text,
            "offset +830 us, true error at most 3.10 ms, from ntp1.example.net, Sync");
  EXPECT_TRUE(verdict.synchronized);
}

TEST(Verdict, FollowsThePhase) {
  EXPECT_EQ(in_phase(core::Phase::unset).level, Level::unknown);
  EXPECT_EQ(in_phase(core::Phase::hold).level, Level::warning);
  EXPECT_EQ(in_phase(core::Phase::spike).level, Level::warning);
  EXPECT_EQ(in_phase(core::Phase::holdover).level, Level::warning);
  EXPECT_EQ(in_phase(core::Phase::disrupted).level, Level::critical);
  EXPECT_EQ(in_phase(core::Phase::alarm).level, Level::critical);
  EXPECT_EQ(in_phase(core::Phase::observe).level, Level::ok);
}

TEST(Verdict, TellsHowLongALargeSlewWillTake) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.clock.offset = 11s;
  snapshot.clock.slew_remaining = 11s;
  snapshot.clock.convergence = 2200s;
  const Verdict verdict = judge(snapshot, kNow);
  EXPECT_EQ(verdict.level, Level::warning);
  EXPECT_EQ(verdict.text,
            "slewing, 11.0 s to go, done in 36.7 min: offset +11.0 s, true error at most 3.10 ms, "
            "from ntp1.example.net, Sync");
}

TEST(Verdict, WarnsOfALargeOffsetThatNobodyCorrects) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.phase.phase = core::Phase::observe;
  snapshot.steering = false;
  snapshot.clock.offset = -2s;
  EXPECT_EQ(judge(snapshot, kNow).level, Level::warning);
}

TEST(Verdict, WarnsOfAClockThatNobodyKeepsThoughItWasAskedFor) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.phase.phase = core::Phase::observe;
  snapshot.steering = false;
  snapshot.mode = core::Mode::automatic;
  snapshot.observe_reason = "no CAP_SYS_TIME";
  const Verdict verdict = judge(snapshot, kNow);
  EXPECT_EQ(verdict.level, Level::warning);
  EXPECT_THAT(verdict.text, HasSubstr("not steered (no CAP_SYS_TIME): offset "));
}

TEST(Verdict, OfAnAlarmSaysWhyAndWhatEndsIt) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.phase.phase = core::Phase::alarm;
  snapshot.alarm = {core::AlarmReason::beyond_panic, "the clock is off by 9.50 h"};
  const Verdict verdict = judge(snapshot, kNow);
  EXPECT_EQ(verdict.level, Level::critical);
  EXPECT_THAT(verdict.text, HasSubstr("alarm, the clock is off by 9.50 h; to end it now: slewctl "
                                      "step --to-true: "));
}

TEST(Verdict, WarnsOfAnOscillatorThatIsMoreLikelyAServerThatLies) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.clock.frequency_state = core::FrequencyState::implausible;
  snapshot.clock.frequency_doubt = "the sources show an oscillator of 1320 ppm";
  const Verdict verdict = judge(snapshot, kNow);
  EXPECT_EQ(verdict.level, Level::warning);
  EXPECT_THAT(verdict.text,
              HasSubstr("an oscillator of 1320 ppm: offset +830 us, true error at most 3.10 ms"));
}

TEST(Verdict, SaysWhenTheCoreIsStuck) {
  const Verdict verdict = judge(sample_snapshot(kNow), later_by(61s));
  EXPECT_EQ(verdict.level, Level::critical);
  EXPECT_THAT(verdict.text, HasSubstr("stuck"));
  EXPECT_FALSE(verdict.synchronized);
}

TEST(Verdict, IsNotOkWhenNoSourceAnswersInAnyMode) {
  for (const bool observes : {false, true}) {
    core::Snapshot snapshot = observes ? observing() : sample_snapshot(kNow);
    snapshot.clock.last_update = kNow.mono - 318s;
    for (core::SourceView& source : snapshot.sources) source.reach = 0360;
    const Verdict verdict = judge(snapshot, kNow);
    EXPECT_EQ(verdict.level, Level::warning);
    EXPECT_THAT(verdict.text, HasSubstr("no source gives a usable answer (last update 5.30 min "
                                        "ago): offset +830 us, true error at most 3.10 ms"));
    EXPECT_THAT(verdict.text, Not(HasSubstr("from ")));
  }
}

TEST(Verdict, IsNotOkWhenTheEstimateIsOldThoughSourcesAnswer) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  // One that refuses is asked again after hours: its interval says nothing.
  for (core::SourceView& source : snapshot.sources)
    source.poll_interval = source.reach == 0 ? 6h : 1024s;
  snapshot.clock.last_update = kNow.mono - 4 * 1024s - 4s;
  EXPECT_EQ(judge(snapshot, kNow).level, Level::warning);
  EXPECT_THAT(judge(snapshot, kNow).text,
              HasSubstr("the estimate is old (last update 68.3 min ago)"));
  snapshot.clock.last_update = kNow.mono - 4 * 1024s;
  EXPECT_EQ(judge(snapshot, kNow).level, Level::ok) << "four of the longest polls";
}

TEST(Verdict, IsNotOkBeyondTheSynchronizedBound) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.synchronized_bound = 1ms;  // as after a reload: the core has not judged anew yet
  const Verdict verdict = judge(snapshot, kNow);
  EXPECT_EQ(verdict.level, Level::warning);
  EXPECT_FALSE(verdict.synchronized);
  EXPECT_THAT(verdict.text, HasSubstr("not synchronized: the bound is above synchronized_bound "
                                      "(1.00 ms): offset"));
}

TEST(Verdict, TheBoundGrowsUntilItIsNotSynchronizedAnyMore) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.due = kNow.mono + 24h;
  snapshot.clock.bound_growth = Ppm{1000};
  EXPECT_TRUE(judge(snapshot, later_by(900s)).synchronized);
  EXPECT_FALSE(judge(snapshot, later_by(1100s)).synchronized);
}

TEST(Verdict, WithoutAMajorityItTellsWhoSaysWhatAndNoOffset) {
  for (const bool observes : {false, true}) {
    core::Snapshot snapshot = observes ? observing() : sample_snapshot(kNow);
    snapshot.majority_lost = true;
    snapshot.sources.resize(2);
    snapshot.sources[0].state = snapshot.sources[1].state = core::SourceState::falseticker;
    snapshot.sources[1].offset = -5s;
    const Verdict verdict = judge(snapshot, kNow);
    EXPECT_EQ(verdict.level, Level::critical);
    EXPECT_FALSE(verdict.synchronized);
    EXPECT_THAT(verdict.text,
                HasSubstr("no majority of the sources agrees on the time: ntp1.example.net says "
                          "+812 us, ntp2.example.net says -5.00 s; "));
    EXPECT_THAT(verdict.text, Not(HasSubstr("true error")));
  }
}

TEST(Verdict, SaysThatARuleHasBannedAllSources) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.majority_lost = true;
  for (core::SourceView& source : snapshot.sources) {
    source.reach = 0xff;
    source.state = core::SourceState::noselect;
    source.banned_until = kNow.mono + 9min;
  }
  EXPECT_EQ(judge(snapshot, kNow).level, Level::warning);
  EXPECT_THAT(judge(snapshot, kNow).text, HasSubstr("all sources are banned by a rule for another "
                                                    "9.00 min; to lift the ban: slewctl reload"));
  snapshot.alarm = core::AlarmView{.reason = core::AlarmReason::no_majority, .text = ""};
  EXPECT_EQ(judge(snapshot, kNow).level, Level::critical);
  EXPECT_THAT(judge(snapshot, later_by(10min)).text, Not(HasSubstr("banned")));
}

TEST(Verdict, AnObserverSaysThatNoProgramDisciplinesTheClock) {
  core::Snapshot snapshot = observing();
  EXPECT_EQ(judge(snapshot, kNow).level, Level::ok) << "the kernel says that one does";
  snapshot.kernel->unsynchronized = true;
  EXPECT_EQ(judge(snapshot, kNow).level, Level::warning);
  EXPECT_THAT(judge(snapshot, kNow).text, HasSubstr("no program disciplines this clock"));
  EXPECT_TRUE(judge(snapshot, kNow).synchronized) << "the time is known all the same";
  snapshot.external.detected = true;
  EXPECT_EQ(judge(snapshot, kNow).level, Level::ok);
}

TEST(Verdict, SaysWhyThereIsNoEstimate) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.phase.phase = core::Phase::unset;
  snapshot.clock.offset.reset();
  snapshot.sources.resize(1);
  snapshot.sources[0].reason = "answers, and each reply is rejected: stratum 16 or above";
  EXPECT_EQ(judge(snapshot, kNow).text,
            "no usable sample yet: ntp1.example.net: answers, and each reply is rejected: stratum "
            "16 or above");
  snapshot.sources[0].responses = 0;
  EXPECT_EQ(judge(snapshot, kNow).text, "no usable sample yet: no source has answered");
  snapshot.sources.clear();
  EXPECT_EQ(judge(snapshot, kNow).text, "no usable sample yet: no sources are configured");
}

TEST(CorrectedTime, IgnoresAStepSinceTheSnapshot) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  core::ClockReading later = kNow;
  later.raw += 10s;
  later.wall += 10s - 11s;  // somebody has set the clock back
  snapshot.clock.frequency = Ppm{0};
  EXPECT_EQ(*corrected_utc(snapshot, later), kNow.wall + 830us + 10s);
}

}  // namespace
}  // namespace slewd::exporter
