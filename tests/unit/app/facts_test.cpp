// SPDX-License-Identifier: Apache-2.0
#include "agent/app/facts.hpp"

#include <random>

#include <gtest/gtest.h>

#include "base/text.hpp"

#include "tests/unit/exporter/sample_data.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;
using rules::Fact;

class FactsOf : public testing::Test {
 protected:
  [[nodiscard]] core::ClockEvent event_of(core::JumpCause cause, Nanos size) const {
    core::ClockEvent event;
    event.cause = cause;
    event.size = size;
    event.seen_mono = now_.mono;
    return event;
  }
  [[nodiscard]] double number(Fact fact) const {
    const rules::Value value = facts_.get(fact, now_.mono);
    return value.number() == nullptr ? -1e9 : *value.number();
  }
  [[nodiscard]] std::string word(Fact fact) const {
    const rules::Value value = facts_.get(fact, now_.mono);
    return value.word() == nullptr ? "unknown" : lower_case(*value.word());
  }

  exporter::FakeClock clock_;
  core::ClockReading now_ = clock_.now();
  core::Snapshot snapshot_ = exporter::sample_snapshot(now_);
  rules::Facts facts_ =
      facts_of(snapshot_, snapshot_.taken, {exporter::sample_status(now_).probes, {}, {}, {}, {}});
};

TEST_F(FactsOf, TellsTheClock) {
  EXPECT_DOUBLE_EQ(number(Fact::offset), 830e-6);
  EXPECT_DOUBLE_EQ(number(Fact::bound), 3100e-6);
  EXPECT_DOUBLE_EQ(number(Fact::jitter), 92e-6);
  EXPECT_DOUBLE_EQ(number(Fact::frequency), -90.7e-6);
  EXPECT_DOUBLE_EQ(number(Fact::skew), 0.04e-6);
  EXPECT_DOUBLE_EQ(number(Fact::root_delay), 4210e-6);
  EXPECT_DOUBLE_EQ(number(Fact::slew_remaining), 790e-6);
  EXPECT_DOUBLE_EQ(number(Fact::poll_minimum), 64);
  EXPECT_DOUBLE_EQ(number(Fact::poll_maximum), 1024);
  EXPECT_DOUBLE_EQ(number(Fact::update_age), 21);
  EXPECT_TRUE(facts_.get(Fact::synchronized, now_.mono).is_true());
  EXPECT_TRUE(facts_.get(Fact::steering, now_.mono).is_true());
}

TEST_F(FactsOf, TellsThePhaseAndItsAge) {
  EXPECT_EQ(word(Fact::phase), "sync");
  EXPECT_DOUBLE_EQ(number(Fact::phase_age), 11 * 60);
}

TEST_F(FactsOf, EveryPhaseIsAWordThatRulesKnow) {
  for (const core::Phase phase : core::kPhases) {
    core::Snapshot snapshot = snapshot_;
    snapshot.phase.phase = phase;
    EXPECT_NE(facts_of(snapshot, snapshot.taken, {}).get(Fact::phase, now_.mono).word(), nullptr)
        << to_string(phase);
  }
}

TEST_F(FactsOf, EveryCauseOfAStepIsAWordThatRulesKnow) {
  for (const core::JumpCause cause : core::kJumpCauses) {
    core::Snapshot snapshot = snapshot_;
    snapshot.jumps.recent = {event_of(cause, -1s)};
    const rules::Facts facts = facts_of(snapshot, snapshot.taken, {});
    if (facts.jumps.empty()) continue;
    EXPECT_NE(facts.get(Fact::jump_cause, now_.mono).word(), nullptr) << to_string(cause);
  }
}

TEST_F(FactsOf, CountsSources) {
  EXPECT_DOUBLE_EQ(number(Fact::sources), 5);
  EXPECT_DOUBLE_EQ(number(Fact::sources_reachable), 4);
  EXPECT_DOUBLE_EQ(number(Fact::sources_selected), 2);
}

TEST_F(FactsOf, TellsTheNewestJumpAndTheLargestStep) {
  EXPECT_EQ(word(Fact::jump_cause), "vm_pause");
  EXPECT_DOUBLE_EQ(number(Fact::jump_age), 12 * 60);
  EXPECT_EQ(facts_.largest_step(-1, 1h, now_.mono), 11s);
  EXPECT_EQ(facts_.largest_step(-1, 1min, now_.mono), 0s);
}

TEST_F(FactsOf, AJumpOfAnEarlierBootIsNoFactOfThisOne) {
  core::ClockEvent old = event_of(core::JumpCause::external_step, -9s);
  old.former = true;
  snapshot_.jumps.recent = {old};
  EXPECT_TRUE(facts_of(snapshot_, snapshot_.taken, {}).jumps.empty());
}

TEST_F(FactsOf, AChangedFrequencyOrASlewIsNoStep) {
  for (const core::JumpCause cause :
       {core::JumpCause::external_frequency, core::JumpCause::external_slew,
        core::JumpCause::clocksource}) {
    snapshot_.jumps.recent = {event_of(cause, -9s)};
    EXPECT_TRUE(facts_of(snapshot_, snapshot_.taken, {}).jumps.empty()) << to_string(cause);
  }
}

TEST_F(FactsOf, WhatIsNotKnownIsUnknown) {
  core::Snapshot nothing;
  const rules::Facts facts = facts_of(nothing, nothing.taken, {});
  for (const Fact fact : {Fact::offset, Fact::bound, Fact::jitter, Fact::frequency, Fact::skew,
                          Fact::root_delay, Fact::jump_size, Fact::jump_age, Fact::update_age})
    EXPECT_TRUE(facts.get(fact, now_.mono).is_unknown()) << rules::info(fact).name;
}

TEST_F(FactsOf, TheReasonNotToSteerIsKnownOnlyWhileNotSteering) {
  EXPECT_TRUE(facts_.get(Fact::steering_reason, now_.mono).is_unknown());
  snapshot_.steering = false;
  snapshot_.observe_reason = "configured";
  const rules::Value reason =
      facts_of(snapshot_, snapshot_.taken, {}).get(Fact::steering_reason, now_.mono);
  ASSERT_NE(reason.word(), nullptr);
  EXPECT_EQ(*reason.word(), "configured");
}

TEST_F(FactsOf, TellsProbes) {
  EXPECT_EQ(facts_.probe_state("dovecot.login"), rules::ProbeState::ok);
  EXPECT_EQ(facts_.probe_age("dovecot.login", now_.mono), Nanos(21min));
  rules::ProbeView dead;
  dead.name = "web.port";
  dead.state = rules::ProbeState::failed;
  dead.since = now_.mono - 3s;
  EXPECT_EQ(
      facts_of(snapshot_, snapshot_.taken, {{dead}, {}, {}, {}, {}}).failing("web.port", now_.mono),
      Nanos(3s));
}

// The wall clock is the patient: whoever steps it moves reading and offset against each other, and
// nothing that rules see may change by it.
TEST_F(FactsOf, AStepOfTheWallClockChangesNoFactButTheOffsetItself) {
  std::mt19937_64 random(7);
  snapshot_.clock.synchronized = true;
  snapshot_.clock.offset = Nanos(12'345);
  snapshot_.clock.error_bound = Nanos(1ms);
  const rules::Facts before = facts_of(snapshot_, snapshot_.taken, {});
  ASSERT_TRUE(before.true_time);
  for (int i = 0; i < 1000; ++i) {
    const Nanos step{static_cast<std::int64_t>(random() >> 4) - (std::int64_t{1} << 59)};
    core::Snapshot stepped = snapshot_;
    stepped.taken.wall += step;
    stepped.clock.offset = *snapshot_.clock.offset - step;
    stepped.clock.error_bound = magnitude(*stepped.clock.offset) + Nanos(1ms) - Nanos(12'345);
    const rules::Facts after = facts_of(stepped, stepped.taken, {});
    EXPECT_EQ(after.true_time->now, before.true_time->now) << step.count();
    EXPECT_EQ(after.true_time->bound, before.true_time->bound);
    for (const rules::FactInfo& row : rules::fact_table())
      if (row.fact != Fact::offset && row.fact != Fact::bound) {
        EXPECT_EQ(after.get(row.fact, now_.mono), before.get(row.fact, now_.mono)) << row.name;
      }
  }
}

}  // namespace
}  // namespace slewd::app
