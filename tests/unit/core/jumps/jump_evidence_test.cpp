// SPDX-License-Identifier: Apache-2.0
// What a witness that is there says against a cause: a host's clock that shows no pause, a calendar
// that has no leap second.
#include <gtest/gtest.h>

#include "agent/core/jumps/jump_classifier.hpp"

#include "tests/unit/core/timelines.hpp"

namespace slewd::core {
namespace {

// Three servers move, and a host's clock with it or not; it is read each 10 s.
std::optional<JumpCause> confirmed_beside_a_host(Nanos lost, Nanos host_uncertainty,
                                                 Nanos host_moves, Nanos read_until = 60s) {
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  Nanos ahead{};
  for (Nanos at{}; at <= 60s; at += 10s) {
    if (at == 30s) ahead = host_moves;
    if (at <= read_until)
      machine.signs.host = HostClock{
          .uncertainty = host_uncertainty,
          .read = machine.reading.raw,
          .phase = machine.reading.wall.since_epoch - machine.reading.raw.since_epoch + ahead};
    EXPECT_FALSE(machine.look(jumps, false));
    machine.pass(10s);
  }
  const auto event = jumps.confirm({.lost = lost,
                                    .uncertainty = 1ms,
                                    .sources = 3,
                                    .latency = 50s,
                                    .shown = machine.reading.raw - 40s},
                                   machine.reading);
  return event ? std::optional(event->cause) : std::nullopt;
}

TEST(JumpEvidence, AHostClockThatShowsNoPauseIsEvidenceAgainstOne) {
  constexpr Nanos kPtp = 5us;
  constexpr Nanos kBattery = 500ms;
  EXPECT_EQ(confirmed_beside_a_host(5s, kPtp, 0s), JumpCause::unknown);
  EXPECT_EQ(confirmed_beside_a_host(2h, kBattery, 0s), JumpCause::unknown);
  EXPECT_EQ(confirmed_beside_a_host(100ms, kPtp, 0s), JumpCause::unknown);
  EXPECT_EQ(confirmed_beside_a_host(5s, kPtp, 5s), JumpCause::vm_pause) << "it agrees";
  EXPECT_EQ(confirmed_beside_a_host(2h, kBattery, 2h), JumpCause::vm_pause);
  EXPECT_EQ(confirmed_beside_a_host(2h, kPtp, 3s), JumpCause::unknown) << "by another amount";
}

TEST(JumpEvidence, AHostClockThatCannotKnowIsNoEvidenceAgainstAPause) {
  EXPECT_EQ(confirmed_beside_a_host(700ms, 500ms, 0s), JumpCause::vm_pause)
      << "a battery clock counts seconds";
  EXPECT_EQ(confirmed_beside_a_host(5s, 5us, 0s, 20s), JumpCause::vm_pause)
      << "it was not read since";
}

TEST(JumpEvidence, NoPauseLastsForYears) {
  constexpr Nanos kNineteenYears = 6935 * 24h;
  EXPECT_EQ(confirmed_beside_a_host(kNineteenYears, 500ms, 0s), JumpCause::unknown);
  EXPECT_EQ(confirmed_beside_a_host(kNineteenYears, 500ms, kNineteenYears), JumpCause::unknown);
  JumpClassifier jumps{JumpConfig{}};
  Timelines machine;
  (void)machine.look(jumps, false);
  EXPECT_EQ(jumps.confirm({.lost = kNineteenYears, .sources = 4}, machine.reading)->cause,
            JumpCause::unknown);
  EXPECT_EQ(jumps.confirm({.lost = 30 * 24h, .sources = 4}, machine.reading)->cause,
            JumpCause::vm_pause);
}

JumpCause lost_a_second(WallTime at, const LeapDates& dates) {
  JumpClassifier jumps{JumpConfig{}};
  jumps.know_leaps(dates);
  Timelines machine;
  machine.reading.wall = at;
  (void)machine.look(jumps, false);
  return jumps.confirm({.lost = 1s, .uncertainty = 1ms, .sources = 3}, machine.reading)->cause;
}

TEST(JumpEvidence, ASecondThatIsLostInTheNightIsALeapSecondAtTheEndOfJuneOrDecemberOnly) {
  const LeapDates usual;
  for (const unsigned month : {6U, 12U}) {
    EXPECT_EQ(lost_a_second(end_of_month(2026, month) + 30min, usual), JumpCause::leap);
    EXPECT_EQ(lost_a_second(end_of_month(2026, month) + 24h + 30min, usual), JumpCause::vm_pause);
    EXPECT_EQ(lost_a_second(end_of_month(2026, month) - 24h + 30min, usual), JumpCause::vm_pause);
  }
  for (const unsigned month : {1U, 2U, 3U, 9U, 11U})
    EXPECT_EQ(lost_a_second(end_of_month(2026, month) + 30min, usual), JumpCause::vm_pause);
}

TEST(JumpEvidence, AnnouncedOrConfiguredASecondMayLeapAtTheEndOfAnotherMonth) {
  const WallTime after_november = end_of_month(2026, 11) + 30min;
  EXPECT_EQ(lost_a_second(after_november, {{6, 12}, end_of_month(2026, 11)}), JumpCause::leap);
  EXPECT_EQ(lost_a_second(after_november, {{3, 6, 9, 11, 12}, {}}), JumpCause::leap);
  EXPECT_EQ(lost_a_second(after_november, {{6, 12}, end_of_month(2026, 10)}), JumpCause::vm_pause)
      << "for another month";
}

TEST(JumpEvidence, AKernelThatIsArmedInAMonthWithoutLeapSecondsIsAnExternalStep) {
  for (const unsigned month : {1U, 4U, 11U}) {
    for (const bool announced : {false, true}) {
      JumpClassifier jumps{JumpConfig{}};
      if (announced) jumps.know_leaps({{6, 12}, end_of_month(2026, month)});
      Timelines machine;
      machine.reading.wall = end_of_month(2026, month) - 200ms;
      (void)machine.look(jumps, false);
      machine.pass(300ms);
      machine.reading.wall += -1s;
      EXPECT_EQ(machine.look(jumps, true)->cause,
                announced ? JumpCause::leap : JumpCause::external_step)
          << month;
    }
  }
}

}  // namespace
}  // namespace slewd::core
