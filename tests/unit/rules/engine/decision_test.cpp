// SPDX-License-Identifier: Apache-2.0
// Decisions that mattered are recorded with what they rested on, and replay to the same end.
#include <random>

#include <gtest/gtest.h>

#include "rules/engine/engine.hpp"
#include "rules/engine/replay.hpp"

#include "tests/unit/rules/rule_text.hpp"

namespace slewd::rules {
namespace {

constexpr const char* kHang = R"({"name": "hang", "mode": "act",
  "when": "backward_step(200s) >= 1s and failing(mail.login) >= 1s", "do": [{"reload": "mail"}],
  "blockers": ["unit.mail == failed"], "limits": {"cooldown": "10s", "per_hour": 4}})";
constexpr const char* kPoll = R"({"name": "poll", "mode": "act",
  "when": "max_over(abs(offset), 30s) > 20ms", "clear": "abs(offset) < 5ms", "clear_for": "5s",
  "do": [{"burst": true}], "on_clear": [{"poll": {"min": "64s", "max": "1024s"}}],
  "limits": {"cooldown": "20s", "per_hour": 20}})";

// Random facts, outcomes, pauses; every decision that mattered.
std::vector<Decision> random_decisions(std::uint64_t seed, Engine& engine) {
  std::mt19937_64 random(seed);
  const auto one_in = [&](std::uint64_t n) { return random() % n == 0; };
  std::vector<Decision> all;
  Facts facts;
  MonoTime now = at(100s);
  facts.units["mail"] = {"active", now};
  for (int i = 0; i < 3000; ++i) {
    now += std::chrono::milliseconds(100 + random() % 1000);
    if (one_in(10)) facts.set(Fact::offset, std::chrono::milliseconds(random() % 40));
    if (one_in(50)) facts.jumps.push_back({-Nanos(10s), now, "external_step"});
    if (one_in(15))
      facts.probes["mail.login"] = {one_in(2) ? ProbeState::failed : ProbeState::ok, now};
    if (one_in(80)) facts.units["mail"] = {one_in(2) ? "failed" : "active", now};
    if (one_in(300)) engine.pause({"a \"reason\"", now + 20s});
    for (const Intent& intent : engine.evaluate(now, facts)) {
      Outcome outcome;
      outcome.intent = intent.id;
      outcome.rule = intent.rule;
      outcome.ending = one_in(2) ? Ending::failed : Ending::verified;
      outcome.ended = now;
      engine.on_outcome(outcome);
    }
    for (Decision& decision : engine.take_decisions()) all.push_back(std::move(decision));
  }
  return all;
}

TEST(Decision, ReplaysToTheSameEndBitForBit) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Engine engine(rules_of(std::string(kHang) + "," + kPoll));
    const auto decisions = random_decisions(seed, engine);
    ASSERT_GT(decisions.size(), 10U);
    for (const Decision& decision : decisions) {
      const Replayed replayed = replay(decision, engine.file());
      EXPECT_TRUE(replayed.same) << decision.rule << ": " << replayed.difference;
    }
  }
}

TEST(Decision, OfARuleThatHasChangedTellsWhatItWouldDecideToday) {
  Engine engine(rules_of(kPoll));
  const auto decisions = random_decisions(3, engine);
  std::string changed = kPoll;
  changed.replace(changed.find("> 20ms"), 6, "> 90ms");
  const RuleFile today = rules_of(changed);
  const Replayed replayed = replay(decisions.front(), today);
  EXPECT_FALSE(replayed.same);
  EXPECT_TRUE(replayed.difference.starts_with("the rule has changed since; then: "))
      << replayed.difference;
  EXPECT_EQ(replay(decisions.front(), rules_of(kHang)).difference,
            "the rule does not exist any more");
}

TEST(Decision, IsRecordedOnceForAGateThatStaysClosed) {
  Engine engine(rules_of(kHang));
  Facts facts;
  facts.units["mail"] = {"active", at(0s)};
  facts.jumps.push_back({-Nanos(10s), at(1s), "external_step"});
  facts.probes["mail.login"] = {ProbeState::failed, at(1s)};
  engine.pause({"upgrade", std::nullopt});
  for (int i = 3; i < 20; ++i) EXPECT_TRUE(engine.evaluate(at(1s * i), facts).empty());
  const auto decisions = engine.take_decisions();
  ASSERT_EQ(decisions.size(), 1U);
  EXPECT_EQ(decisions[0].closed->gate, Gate::paused);
  EXPECT_EQ(decisions[0].intent, 0U);
}

TEST(Decision, WhatNobodyTakesIsBoundedAndCounted) {
  Engine engine(rules_of(kPoll));
  Facts facts;
  for (int i = 0; i < 60000; ++i) {
    facts.set(Fact::offset, std::chrono::milliseconds(i / 100 % 2 == 0 ? 40 : 0));
    for (const Intent& intent : engine.evaluate(at(1s * i), facts)) {
      Outcome outcome;
      outcome.intent = intent.id;
      outcome.ending = Ending::done;
      outcome.ended = at(1s * i);
      engine.on_outcome(outcome);
    }
  }
  EXPECT_GT(engine.dropped_decisions(), 0U);
  EXPECT_EQ(engine.take_decisions().size(), limits::kDecisionRing);
}

TEST(Clearing, RunsItsLinksOnceWhenAnEpisodeEndsInWhichTheRuleActed) {
  Engine engine(rules_of(R"({"name": "tighten", "mode": "act", "when": "offset > 1s",
    "do": [{"burst": true}], "on_clear": [{"poll": {"min": "64s", "max": "1024s"}}]})"));
  Facts facts;
  facts.set(Fact::offset, 2s);
  auto intents = engine.evaluate(at(1s), facts);
  ASSERT_EQ(intents.size(), 1U);
  Outcome outcome;
  outcome.intent = intents[0].id;
  outcome.ending = Ending::done;
  outcome.ended = at(1s);
  engine.on_outcome(outcome);
  facts.set(Fact::offset, 0s);
  intents = engine.evaluate(at(2s), facts);
  ASSERT_EQ(intents.size(), 1U) << "in spite of the cool-down";
  EXPECT_TRUE(intents[0].clears);
  EXPECT_EQ(describe(intents[0].links.front().action), "poll 1m4s..17m4s");
  EXPECT_EQ(intents[0].evidence, "cleared: offset=0s > 1s: false");
  outcome.intent = intents[0].id;
  engine.on_outcome(outcome);
  EXPECT_TRUE(engine.evaluate(at(3s), facts).empty());
}

constexpr const char* kGuard = R"({"name": "guard", "mode": "act", "phase": "pre_step",
  "when": "step.pending <= -5s and unit.mail == active",
  "do": [{"stop": "mail", "timeout": "20s", "fallback_timer": "60s"}],
  "after_step": [{"start": "mail"}], "limits": {"cooldown": "1s", "per_hour": 9}})";

Facts pending(Nanos size) {
  Facts facts;
  facts.set(Fact::step_pending, size);
  facts.units["mail"] = {"active", at(0s)};
  return facts;
}

TEST(StepPlan, HoldsTheHooksOfTheRulesWhoseConditionHolds) {
  Engine engine(rules_of(kGuard));
  const StepPlan small = engine.announce_step(at(1s), pending(-2s), -2s);
  EXPECT_TRUE(small.hooks.empty());
  EXPECT_EQ(small.refused, "");
  const StepPlan plan = engine.announce_step(at(2s), pending(-60s), -60s);
  ASSERT_EQ(plan.hooks.size(), 1U);
  EXPECT_EQ(plan.hooks[0].rule, "guard");
  EXPECT_EQ(describe(plan.hooks[0].before.at(0).action), "stop mail");
  EXPECT_EQ(plan.hooks[0].before.at(0).fallback_timer, 60s);
  EXPECT_EQ(describe(plan.hooks[0].after.at(0).action), "start mail");
}

TEST(StepPlan, ARuleBeforeAStepNeverActsByItself) {
  Engine engine(rules_of(kGuard));
  EXPECT_TRUE(engine.evaluate(at(1s), pending(-60s)).empty());
}

TEST(StepPlan, AVetoRefusesTheStep) {
  Engine engine(rules_of(R"({"name": "veto", "mode": "act", "phase": "pre_step",
    "when": "step.pending > 1s and unit.mail == active", "do": [{"veto": true}]})"));
  EXPECT_EQ(engine.announce_step(at(1s), pending(5s), 5s).refused,
            "rule 'veto' vetoes it: step.pending=5s > 1s: true; unit.mail=active == active: true");
}

TEST(StepPlan, AGuardThatMayNotActRefusesTheStep) {
  Engine engine(rules_of(kGuard));
  engine.pause({"upgrade", std::nullopt});
  EXPECT_EQ(engine.announce_step(at(1s), pending(-60s), -60s).refused,
            "rule 'guard' may not act: paused: upgrade");
}

TEST(StepPlan, ACopyOfTheEngineTellsThePlanAndLeavesTheOriginalAlone) {
  const Engine engine(rules_of(kGuard));
  Engine copy = engine;
  EXPECT_EQ(copy.announce_step(at(1s), pending(-60s), -60s).hooks.size(), 1U);
  EXPECT_FALSE(engine.views(at(1s)).at(0).state == RuleState::firing);
}

}  // namespace
}  // namespace slewd::rules
