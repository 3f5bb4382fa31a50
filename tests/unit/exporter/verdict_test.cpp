#include "exporter/verdict.hpp"

#include <gmock/gmock.h>

#include "exporter/corrected_time.hpp"

#include "tests/unit/exporter/sample_data.hpp"

namespace slewd::exporter {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Verdict in_phase(core::Phase phase) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.phase.phase = phase;
  if (phase == core::Phase::observe) snapshot.mode = core::Mode::observe;
  return judge(snapshot, kNow.mono);
}

TEST(Verdict, IsOkWhenInSyncAndClose) {
  const Verdict verdict = in_phase(core::Phase::sync);
  EXPECT_EQ(verdict.level, Level::ok);
  EXPECT_EQ(verdict.text, "within 830 us, bound 3.10 ms, from ntp1.example.net, Sync");
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
  const Verdict verdict = judge(snapshot, kNow.mono);
  EXPECT_EQ(verdict.level, Level::warning);
  EXPECT_EQ(verdict.text,
            "slewing, 11.0 s to go, done in 36.7 min: bound 3.10 ms, from ntp1.example.net, Sync");
}

TEST(Verdict, WarnsOfALargeOffsetThatNobodyCorrects) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.phase.phase = core::Phase::observe;
  snapshot.steering = false;
  snapshot.clock.offset = -2s;
  EXPECT_EQ(judge(snapshot, kNow.mono).level, Level::warning);
}

TEST(Verdict, WarnsOfAClockThatNobodyKeepsThoughItWasAskedFor) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.phase.phase = core::Phase::observe;
  snapshot.steering = false;
  snapshot.mode = core::Mode::automatic;
  snapshot.observe_reason = "no CAP_SYS_TIME";
  const Verdict verdict = judge(snapshot, kNow.mono);
  EXPECT_EQ(verdict.level, Level::warning);
  EXPECT_THAT(verdict.text, HasSubstr("not steered (no CAP_SYS_TIME): within "));
}

TEST(Verdict, OfAnAlarmSaysWhyAndWhatEndsIt) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.phase.phase = core::Phase::alarm;
  snapshot.alarm = {core::AlarmReason::beyond_panic, "the clock is off by 9.50 h"};
  const Verdict verdict = judge(snapshot, kNow.mono);
  EXPECT_EQ(verdict.level, Level::critical);
  EXPECT_THAT(verdict.text, HasSubstr("alarm, the clock is off by 9.50 h; to end it now: slewctl "
                                      "step --to-true: "));
}

TEST(Verdict, WarnsOfAnOscillatorThatIsMoreLikelyAServerThatLies) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  snapshot.clock.frequency_state = core::FrequencyState::implausible;
  snapshot.clock.frequency_doubt = "the sources show an oscillator of 1320 ppm";
  const Verdict verdict = judge(snapshot, kNow.mono);
  EXPECT_EQ(verdict.level, Level::warning);
  EXPECT_THAT(verdict.text, HasSubstr("an oscillator of 1320 ppm: within 830 us, bound 3.10 ms"));
}

TEST(Verdict, SaysWhenTheCoreIsStuck) {
  const Verdict verdict = judge(sample_snapshot(kNow), kNow.mono + 61s);
  EXPECT_EQ(verdict.level, Level::critical);
  EXPECT_THAT(verdict.text, HasSubstr("stuck"));
}

TEST(CorrectedTime, IgnoresAStepSinceTheSnapshot) {
  core::Snapshot snapshot = sample_snapshot(kNow);
  core::ClockReading later = kNow;
  later.raw += 10s;
  later.wall += 10s - 11s;  // somebody has set the clock back
  snapshot.clock.frequency = Ppm{0};
  EXPECT_EQ(*corrected_utc(snapshot, later), kNow.wall + 830us + 10s);
}

TEST(CorrectedTime, WritesRfc3339) {
  EXPECT_EQ(format_utc(WallTime{0s}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_utc(WallTime{-1ns}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_utc(WallTime{1709210096s + 7us}), "2024-02-29T12:34:56.000007Z");
  EXPECT_EQ(format_utc(WallTime{4102444800s}), "2100-01-01T00:00:00.000000Z");
}

}  // namespace
}  // namespace slewd::exporter
