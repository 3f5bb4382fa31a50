// SPDX-License-Identifier: Apache-2.0
#include "agent/core/jumps/jump_classifier.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core/timelines.hpp"

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

TEST(JumpClassifier, SeesNothingWhileTheTimelinesRunTogether) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(machine.look(jumps, false));
    machine.pass(1s);
  }
}

TEST(JumpClassifier, SizesAnExternalStepWithItsSign) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)machine.look(jumps, false);
  machine.pass(400ms);
  machine.set_by(-11s);
  const auto event = machine.look(jumps, true);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cause, JumpCause::external_step);
  EXPECT_EQ(event->size, -11s);
  EXPECT_EQ(event->direction(), JumpDirection::backward);
  EXPECT_EQ(event->latency, 400ms);
  EXPECT_EQ(event->wall_before - event->wall_after, 11s);
  EXPECT_EQ(event->witnesses, "clock_set real-mono");
  EXPECT_FALSE(machine.look(jumps, false)) << "one event for one step";
}

TEST(JumpClassifier, SeesAStepOfOneMillisecondAndNoneBelowTheFloor) {
  for (const auto& [step, seen] : {std::pair<Nanos, bool>{1100us, true},
                                   {-1ms, true},
                                   {999us, true},  // the readings are that uncertain
                                   {900us, false},
                                   {-900us, false}}) {
    JumpClassifier jumps{JumpConfig{}};
    Timelines machine;
    (void)machine.look(jumps, false);
    machine.pass(1s);
    machine.set_by(step);
    EXPECT_EQ(machine.look(jumps, false).has_value(), seen) << step.count();
  }
}

TEST(JumpClassifier, KnowsItsOwnStep) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)machine.look(jumps, false);
  jumps.announce_own_step(3s);
  machine.pass(1ms);
  machine.set_by(3s);
  const auto event = machine.look(jumps, true);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cause, JumpCause::own_step);
  EXPECT_EQ(event->size, 3s);
}

TEST(JumpClassifier, AnAnnouncedStepDoesNotHideAnExternalOneOfAnotherSize) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)machine.look(jumps, false);
  jumps.announce_own_step(3s);
  machine.set_by(-8s);
  const auto event = machine.look(jumps, true);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cause, JumpCause::external_step);
  EXPECT_EQ(event->size, -11s) << "what the other did, ours subtracted";
}

TEST(JumpClassifier, TellsASuspendByBoottime) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)machine.look(jumps, false);
  machine.reading.boot += 600s;
  machine.set_by(600s);
  const auto event = machine.look(jumps, true);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cause, JumpCause::suspend);
  EXPECT_EQ(event->size, 600s);
}

TEST(JumpClassifier, ALeapSecondIsNoStepOfAnybody) {
  for (const Nanos leap : {Nanos(-1s), Nanos(1s)}) {
    JumpClassifier jumps{JumpConfig{}};
    Timelines machine;
    machine.reading.wall = end_of_month(2016, 12) - (leap < 0s ? 200ms : 1200ms);
    (void)machine.look(jumps, false);
    machine.pass(300ms);
    machine.reading.wall += leap;  // CLOCK_TAI takes no part
    const auto event = machine.look(jumps, true);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->cause, JumpCause::leap);
    EXPECT_EQ(event->size, leap);
    EXPECT_EQ(event->phase_shift, leap) << "true time has leapt as well";
  }
}

TEST(JumpClassifier, SomebodyWhoStepsByASecondAtNoonMakesNoLeapSecond) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)machine.look(jumps, false);
  machine.set_by(-1s);
  EXPECT_EQ(machine.look(jumps, true)->cause, JumpCause::external_step);
}

TEST(JumpClassifier, WithoutTaiTheEndOfTheDayTellsALeapSecond) {
  for (const bool at_midnight : {true, false}) {
    JumpClassifier jumps{JumpConfig{}};
    Timelines machine;
    machine.reading.tai = TaiTime{};
    machine.reading.wall = end_of_month(2023, 12) + (at_midnight ? Nanos(-400ms) : Nanos(12h));
    (void)machine.look(jumps, false);
    machine.pass(500ms);
    machine.reading.wall += -1s;
    machine.reading.tai = TaiTime{};
    EXPECT_EQ(machine.look(jumps, true)->cause,
              at_midnight ? JumpCause::leap : JumpCause::external_step);
  }
}

TEST(JumpClassifier, AHypervisorsMarkIsAnEventWhoseSizeNobodyKnowsYet) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  machine.signs.disruption_marker = 7;
  (void)machine.look(jumps, false);
  machine.pass(1s);
  machine.signs.disruption_marker = 8;
  const auto event = machine.look(jumps, false);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cause, JumpCause::migration);
  EXPECT_EQ(event->uncertainty, kUnknownSize);
  EXPECT_GE(event->phase_sd, 60);
  EXPECT_FALSE(machine.look(jumps, false));
}

TEST(JumpClassifier, AMarkThatAppearsForTheFirstTimeIsNoChange) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)machine.look(jumps, false);
  machine.signs.disruption_marker = 8;
  machine.signs.generation = 1;
  machine.signs.clocksource = "tsc";
  EXPECT_FALSE(machine.look(jumps, false));
}

TEST(JumpClassifier, AMarkAndASetClockInOneLookAreTwoEventsWithWitnessesOfTheirOwn) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  machine.signs.disruption_marker = 7;
  (void)machine.look(jumps, false);
  machine.pass(1s);
  machine.set_by(600s);
  machine.signs.disruption_marker = 8;
  const auto events = jumps.look({.clocks = machine.reading, .notified = true}, machine.signs);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].cause, JumpCause::migration);
  EXPECT_FALSE(events[0].size_known());
  EXPECT_EQ(events[0].witnesses, "vmclock");
  EXPECT_EQ(events[1].cause, JumpCause::external_step);
  EXPECT_EQ(events[1].size, 600s);
  EXPECT_EQ(events[1].witnesses, "clock_set real-mono");
}

TEST(JumpClassifier, WhereNoClockMovedTheSizeIsExactlyZero) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  machine.signs.clocksource = "tsc";
  (void)machine.look(jumps, false);
  machine.pass(1s);
  machine.set_by(3us);  // as readings differ
  machine.signs.clocksource = "hpet";
  const auto event = machine.look(jumps, false);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cause, JumpCause::clocksource);
  EXPECT_EQ(event->size, 0s);
}

TEST(JumpClassifier, AStepFoundWithOurOwnGivesTwoEvents) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)machine.look(jumps, false);
  jumps.announce_own_step(3s);
  machine.set_by(3s);
  machine.set_by(-1500ms);
  const auto events = jumps.look({.clocks = machine.reading, .notified = true}, machine.signs);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].cause, JumpCause::own_step);
  EXPECT_EQ(events[0].size, 3s);
  EXPECT_EQ(events[1].cause, JumpCause::external_step);
  EXPECT_EQ(events[1].size, -1500ms);
}

TEST(JumpClassifier, AHostsClockThatMovesAloneIsASuspicionAndNoEvent) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  const auto host_ahead_by = [&](Nanos ahead) {
    machine.signs.host = HostClock{
        .uncertainty = 500ms, .read = machine.reading.raw, .phase = 1'700'000'000s - 100s + ahead};
  };
  host_ahead_by(0s);
  (void)machine.look(jumps, false);
  machine.pass(10s);
  host_ahead_by(900ms);  // an RTC that counts seconds
  EXPECT_FALSE(machine.look(jumps, false));
  EXPECT_FALSE(jumps.host_moved(machine.reading.mono)) << "within what it can show";
  machine.pass(10s);
  host_ahead_by(10'900ms);
  EXPECT_FALSE(machine.look(jumps, false));
  const auto moved = jumps.host_moved(machine.reading.mono);
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->by, 10s);
  EXPECT_TRUE(jumps.host_agrees({.lost = 10'300ms}, machine.reading.mono));
  EXPECT_FALSE(jumps.host_agrees({.lost = -10s}, machine.reading.mono));
  machine.pass(20min);
  EXPECT_FALSE(jumps.host_moved(machine.reading.mono)) << "nobody has confirmed it";
}

TEST(JumpClassifier, WhatTheSourcesConfirmIsAPauseWhenAnotherWitnessOrSourceAgrees) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)machine.look(jumps, false);
  const OffsetMove lost{.lost = 5s, .uncertainty = 1ms, .sources = 1, .latency = 64s};
  const auto alone = jumps.confirm(lost, machine.reading);
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->cause, JumpCause::unknown) << "one server may have moved itself";
  EXPECT_EQ(alone->size, -5s) << "this clock has lost five seconds";
  EXPECT_EQ(jumps.confirm({.lost = 5s, .sources = 3}, machine.reading)->cause, JumpCause::vm_pause);
  EXPECT_EQ(jumps.confirm({.lost = -5s, .sources = 3}, machine.reading)->cause, JumpCause::unknown)
      << "no pause makes a clock gain time";
  EXPECT_FALSE(jumps.confirm({.lost = 900us, .sources = 3}, machine.reading)) << "below the floor";
}

TEST(JumpClassifier, TheHypervisorsAccountMayComeSomeLooksLater) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  machine.signs.steal = 0s;
  (void)machine.look(jumps, false);
  machine.pass(6s);
  EXPECT_FALSE(machine.look(jumps, false, 5s)) << "a busy machine, as far as anybody knows";
  machine.pass(1s);
  machine.signs.steal = 5s;
  const auto event = machine.look(jumps, false);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cause, JumpCause::vm_pause);
  EXPECT_FALSE(machine.look(jumps, false));
}

TEST(JumpClassifier, AStepUnderAWideReadingIsFoundByTheNextNarrowOne) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)machine.look(jumps, false);
  machine.pass(1s);
  machine.set_by(-80ms);
  machine.reading.width = 50ms;
  EXPECT_FALSE(machine.look(jumps, true));
  machine.pass(1s);
  machine.reading.width = 1us;
  const auto event = machine.look(jumps, false);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->size, -80ms);
}

TEST(JumpClassifier, StepsBelowTheFloorAddUp) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)machine.look(jumps, false);
  Nanos told{};
  for (int i = 0; i < 3600; ++i) {
    machine.pass(1s);
    machine.set_by(-950us);
    if (const auto event = machine.look(jumps, true)) told += event->size;
  }
  EXPECT_LE(magnitude(told + 3600 * 950us), 1ms);
}

TEST(JumpClassifier, AnOwnStepDoesNotHideASmallExternalOneBefore) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)machine.look(jumps, false);
  machine.pass(1s);
  machine.set_by(600us);
  EXPECT_FALSE(machine.look(jumps, true));
  jumps.announce_own_step(3s);
  machine.set_by(3s);
  EXPECT_EQ(machine.look(jumps, true)->cause, JumpCause::own_step);
  machine.set_by(600us);
  EXPECT_EQ(machine.look(jumps, true)->size, 1200us);
}

TEST(JumpClassifier, ALateSecondOfAnotherThreadCountsForACoreThatRests) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  machine.signs.steal = 1s;
  machine.signs.late = LateLook{};
  (void)machine.look(jumps, false);
  machine.pass(4min);
  machine.signs.steal = 60s;  // a little all the time
  EXPECT_FALSE(machine.look(jumps, false, 9s)) << "its own lateness says nothing beside that";
  machine.pass(100s);
  machine.signs.late = LateLook{.by = 8s, .steal_before = 61s, .count = 1};
  machine.signs.steal = 62s;
  EXPECT_FALSE(machine.look(jumps, false)) << "the hypervisor does not admit it";
  EXPECT_TRUE(jumps.waits());
  machine.pass(1s);
  machine.signs.steal = 69s;
  const auto event = machine.look(jumps, false);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cause, JumpCause::vm_pause);
  EXPECT_FALSE(jumps.waits());
  machine.pass(1s);
  EXPECT_FALSE(machine.look(jumps, false)) << "the same late second";
}

TEST(JumpClassifier, AHostsClockIsComparedFromReadingToReadingThoughLooksAreRare) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  const auto host = [&machine](Nanos phase) {
    return HostClock{.uncertainty = 10us, .read = machine.reading.raw, .phase = phase};
  };
  machine.signs.host = host(0s);
  (void)machine.look(jumps, false);
  machine.pass(4min);
  machine.signs.host_before = host(12ms);  // it has drifted by 50 ppm
  machine.pass(1s);
  machine.signs.host = host(32ms);
  (void)machine.look(jumps, false);
  const auto moved = jumps.host_moved(machine.reading.mono);
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->by, 20ms);
  EXPECT_LT(moved->uncertainty, 1ms);
}

}  // namespace
}  // namespace slewd::core
