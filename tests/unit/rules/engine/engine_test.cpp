// SPDX-License-Identifier: Apache-2.0
#include "rules/engine/engine.hpp"

#include <gtest/gtest.h>

#include "tests/unit/rules/rule_text.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

// An engine with one offset to turn: the condition of most rules here is "offset > 1s".
class EngineTest : public testing::Test {
 protected:
  void start(const std::string& rules) { engine_.emplace(rules_of(rules)); }

  std::vector<Intent> look(Nanos time) { return engine_->evaluate(at(time), facts_); }
  std::vector<Intent> look(Nanos time, Nanos offset) {
    facts_.set(Fact::offset, offset);
    return look(time);
  }
  std::vector<Intent> look_without_data(Nanos time) {
    facts_ = Facts();
    return look(time);
  }
  void finish(const Intent& intent, Nanos time, Ending ending = Ending::done) {
    engine_->on_outcome(outcome_of(intent, at(time), ending));
  }
  RuleView view(Nanos time = 0s, std::size_t index = 0) {
    return engine_->views(at(time)).at(index);
  }
  std::uint64_t suppressed(Gate gate, std::size_t index = 0) {
    return view(0s, index).suppressed[static_cast<std::size_t>(gate)];
  }

  std::optional<Engine> engine_;
  Facts facts_;
};

constexpr const char* kAct = R"({"name": "r", "mode": "act", "when": "offset > 1s",
  "do": [{"restart": "mail"}], "limits": {"cooldown": "5m", "per_hour": 3}})";
constexpr const char* kFor = R"({"name": "r", "mode": "act", "when": "offset > 1s", "for": "10s",
  "do": [{"burst": true}], "limits": {"cooldown": "5m"}})";

TEST_F(EngineTest, FiresOnceWhenTheConditionBecomesTrue) {
  start(kAct);
  EXPECT_TRUE(look(0s, 0s).empty());
  EXPECT_EQ(view().state, RuleState::inactive);
  const auto intents = look(1s, 2s);
  ASSERT_EQ(intents.size(), 1U);
  EXPECT_EQ(intents[0].id, 1U);
  EXPECT_EQ(intents[0].rule, "r");
  EXPECT_FALSE(intents[0].dry_run);
  EXPECT_EQ(intents[0].decided, at(1s));
  EXPECT_EQ(intents[0].evidence, "offset=2s > 1s: true");
  ASSERT_EQ(intents[0].links.size(), 1U);
  EXPECT_EQ(view().state, RuleState::firing);
  EXPECT_TRUE(look(2s).empty());
  EXPECT_TRUE(look(600s).empty()) << "its intent is still in flight";
}

TEST_F(EngineTest, WaitsUntilTheConditionHasHeldWithoutABreak) {
  start(kFor);
  EXPECT_TRUE(look(0s, 2s).empty());
  EXPECT_EQ(view().state, RuleState::pending);
  EXPECT_TRUE(look(9s).empty());
  EXPECT_EQ(view(9s).explanation, "true for 9s of 10s; offset=2s > 1s: true");
  EXPECT_TRUE(look(9500ms, 0s).empty());
  EXPECT_EQ(view().state, RuleState::inactive);
  EXPECT_TRUE(look(10s, 2s).empty());
  EXPECT_TRUE(look(19999ms).empty());
  EXPECT_EQ(look(20s).size(), 1U);
}

TEST_F(EngineTest, AbsentDataIsNeverTrueAndBreaksTheWait) {
  start(kFor);
  EXPECT_TRUE(look_without_data(0s).empty());
  EXPECT_TRUE(look(1s, 2s).empty());
  EXPECT_TRUE(look_without_data(5s).empty());
  EXPECT_TRUE(look(6s, 2s).empty());
  EXPECT_TRUE(look(15s).empty());
  EXPECT_EQ(look(16s).size(), 1U);
  EXPECT_EQ(view().evaluations, 6U);
  EXPECT_EQ(view().unknown_evaluations, 2U);
}

TEST_F(EngineTest, FiresAgainAfterTheCoolDownWhenTheConditionIsStillTrue) {
  start(kFor);
  look(0s, 2s);
  const auto first = look(10s);
  ASSERT_EQ(first.size(), 1U);
  finish(first[0], 20s);
  EXPECT_EQ(view().state, RuleState::cooling);
  EXPECT_TRUE(look(21s).empty());
  EXPECT_TRUE(look(319s).empty());
  EXPECT_EQ(view(319s).state, RuleState::cooling);
  EXPECT_EQ(view(319s).explanation, "cool-down for another 1s; offset=2s > 1s: true");
  EXPECT_EQ(suppressed(Gate::cooldown), 0U) << "its own cool-down stops nothing new";
  EXPECT_EQ(look(320s).size(), 1U);
}

TEST_F(EngineTest, AnActionStartsTheWaitAfresh) {
  start(R"({"name": "r", "mode": "act", "when": "offset > 1s", "for": "60s",
            "do": [{"burst": true}], "limits": {"cooldown": "10s"}})");
  look(0s, 2s);
  const auto first = look(60s);
  ASSERT_EQ(first.size(), 1U);
  finish(first[0], 61s);
  EXPECT_TRUE(look(62s).empty());
  EXPECT_TRUE(look(121s).empty());
  EXPECT_EQ(look(122s).size(), 1U);
}

TEST_F(EngineTest, ANewEpisodeInTheCoolDownIsSuppressedAndCountedOnce) {
  start(kAct);
  finish(look(0s, 2s).at(0), 1s);
  EXPECT_TRUE(look(2s, 0s).empty());
  EXPECT_EQ(view(2s).state, RuleState::cooling);
  EXPECT_TRUE(look(3s, 2s).empty());
  EXPECT_TRUE(look(4s).empty());
  EXPECT_EQ(view(4s).state, RuleState::suppressed);
  EXPECT_EQ(view(4s).explanation, "cool-down for another 4m57s; offset=2s > 1s: true");
  EXPECT_EQ(suppressed(Gate::cooldown), 1U);
  look(5s, 0s);
  look(6s, 2s);
  EXPECT_EQ(suppressed(Gate::cooldown), 2U);
  EXPECT_EQ(look(301s).size(), 1U);
}

TEST_F(EngineTest, GoesBackToInactiveWhenTheCoolDownIsOver) {
  start(kAct);
  finish(look(0s, 2s).at(0), 1s);
  look(2s, 0s);
  look(300s);
  EXPECT_EQ(view(300s).state, RuleState::cooling);
  look(301s);
  EXPECT_EQ(view(301s).state, RuleState::inactive);
  EXPECT_EQ(view(301s).since, at(301s));
}

TEST_F(EngineTest, SpendsNoMoreThanItsBudgetInAnyHour) {
  start(R"({"name": "r", "mode": "act", "when": "offset > 1s", "do": [{"burst": true}],
            "limits": {"cooldown": "1s", "per_hour": 2}})");
  facts_.set(Fact::offset, Nanos{2s});
  for (const Nanos time : {0s, 10s}) finish(look(time).at(0), time);
  EXPECT_TRUE(look(20s).empty());
  EXPECT_EQ(view(20s).state, RuleState::suppressed);
  EXPECT_EQ(view(20s).explanation, "hourly budget used: 2 of 2 decisions; offset=2s > 1s: true");
  EXPECT_TRUE(look(3599s).empty());
  EXPECT_EQ(suppressed(Gate::budget), 1U);
  finish(look(3600s).at(0), 3600s);
  EXPECT_TRUE(look(3602s).empty());
  EXPECT_EQ(look(3610s).size(), 1U);
}

TEST_F(EngineTest, DecidesNothingWhilePausedAndCatchesUpAfterwards) {
  start(kAct);
  engine_->pause({"maintenance", std::nullopt});
  EXPECT_TRUE(engine_->paused());
  EXPECT_TRUE(look(0s, 2s).empty());
  EXPECT_TRUE(look(1s).empty());
  EXPECT_EQ(view(1s).state, RuleState::suppressed);
  EXPECT_EQ(view(1s).explanation, "paused: maintenance; offset=2s > 1s: true");
  EXPECT_EQ(suppressed(Gate::paused), 1U);
  engine_->resume();
  EXPECT_EQ(look(2s).size(), 1U);
}

TEST_F(EngineTest, ActsOnATargetOneRuleAtATime) {
  start(std::string(kAct) + R"(, {"name": "second", "mode": "act", "when": "offset > 1s",
        "do": [{"reload": "mail"}]}, {"name": "other", "mode": "act", "when": "offset > 1s",
        "do": [{"restart": "web"}]})");
  const auto intents = look(0s, 2s);
  ASSERT_EQ(intents.size(), 2U);
  EXPECT_EQ(intents[0].rule, "r");
  EXPECT_EQ(intents[1].rule, "other");
  EXPECT_EQ(view(0s, 1).state, RuleState::suppressed);
  EXPECT_EQ(view(0s, 1).explanation, "rule 'r' is acting on mail; offset=2s > 1s: true");
  EXPECT_EQ(suppressed(Gate::busy, 1), 1U);
  finish(intents[0], 1s);
  const auto next = look(2s);
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].rule, "second");
  EXPECT_EQ(next[0].id, 3U);
}

TEST_F(EngineTest, ADryRunHoldsBackNoRealAction) {
  start(R"({"name": "shown", "when": "offset > 1s", "do": [{"reload": "mail"}]},)" +
        std::string(kAct));
  const auto intents = look(0s, 2s);
  ASSERT_EQ(intents.size(), 2U);
  EXPECT_TRUE(intents[0].dry_run);
  EXPECT_FALSE(intents[1].dry_run);
  EXPECT_EQ(suppressed(Gate::dry_run, 0), 1U);
}

TEST_F(EngineTest, ARuleThatIsOffIsNotEvenLookedAt) {
  start(R"({"name": "r", "mode": "off", "when": "offset > 1s", "do": [{"burst": true}]})");
  EXPECT_TRUE(look(5s, 2s).empty());
  EXPECT_TRUE(look(6s, 2s).empty());
  EXPECT_EQ(view().state, RuleState::disabled);
  EXPECT_EQ(view().since, MonoTime{5s}) << "the first look, not the machine's start";
  EXPECT_EQ(view().evaluations, 0U);
}

constexpr const char* kHysteresis = R"({"name": "r", "mode": "act", "when": "offset > 20ms",
  "clear": "offset < 5ms", "clear_for": "30s", "do": [{"burst": true}],
  "limits": {"cooldown": "10s"}})";

TEST_F(EngineTest, WithAClearConditionARuleDoesNotFireAgainBeforeItHasCleared) {
  start(kHysteresis);
  finish(look(0s, 30ms).at(0), 0s);
  look(20s, 10ms);
  EXPECT_EQ(view(20s).state, RuleState::cooling);
  EXPECT_EQ(view(20s).explanation, "waits until it is clear; offset=10ms < 5ms: false");
  EXPECT_TRUE(look(30s, 30ms).empty()) << "never cleared";
  look(40s, 1ms);
  EXPECT_TRUE(look(69s).empty());
  EXPECT_TRUE(look(69500ms, 30ms).empty()) << "cleared for 29 s only";
  look(70s, 1ms);
  look(100s);
  EXPECT_EQ(view(100s).state, RuleState::inactive);
  EXPECT_EQ(look(101s, 30ms).size(), 1U);
}

TEST_F(EngineTest, AConditionThatNeverRecededFiresAgainWithoutClearing) {
  start(kHysteresis);
  finish(look(0s, 30ms).at(0), 0s);
  look_without_data(5s);
  EXPECT_EQ(look(11s, 30ms).size(), 1U);
}

TEST_F(EngineTest, AnOutcomeOfAnotherIntentChangesNothing) {
  start(kAct);
  const auto intents = look(0s, 2s);
  Outcome stray;
  stray.intent = 99;
  stray.ended = at(1s);
  engine_->on_outcome(stray);
  EXPECT_EQ(view().state, RuleState::firing);
}

TEST_F(EngineTest, RemembersTheDecisionsOfAnEarlierRun) {
  start(kAct);
  engine_->restore(
      {41,
       {{"r", at(-100s), false, false, {}, {}}, {"gone", at(0s), false, false, {}, {}}},
       at(0s)});
  EXPECT_TRUE(look(0s, 2s).empty());
  EXPECT_EQ(suppressed(Gate::cooldown), 1U);
  EXPECT_TRUE(look(199s).empty());
  const auto intents = look(200s);
  ASSERT_EQ(intents.size(), 1U);
  EXPECT_EQ(intents[0].id, 42U);
}

TEST_F(EngineTest, DryRunsOfAnEarlierRunHoldBackNoRealAction) {
  start(kAct);
  engine_->restore({41, {{"r", at(-100s), true, false, {}, {}}}, at(0s)});
  EXPECT_EQ(look(0s, 2s).size(), 1U);
}

TEST_F(EngineTest, AReloadKeepsClocksCoolDownAndCounters) {
  start(kFor);
  look(0s, 2s);
  engine_->replace(rules_of(kFor));
  EXPECT_EQ(view(5s).state, RuleState::pending);
  const auto intents = look(10s);
  ASSERT_EQ(intents.size(), 1U);
  engine_->replace(rules_of(kFor));
  EXPECT_TRUE(look(11s).empty()) << "still in flight";
  finish(intents[0], 12s);
  engine_->replace(rules_of(kFor));
  EXPECT_TRUE(look(30s).empty()) << "cool-down";
  EXPECT_EQ(view().evaluations, 4U);
  EXPECT_EQ(look(312s).size(), 1U);
}

TEST_F(EngineTest, AReloadWithAnotherConditionStartsTheWaitAfresh) {
  start(kFor);
  look(0s, 3s);
  engine_->replace(rules_of(R"({"name": "r", "mode": "act", "when": "offset > 2s", "for": "10s",
                                "do": [{"burst": true}]})"));
  EXPECT_TRUE(look(10s).empty());
  EXPECT_EQ(look(20s).size(), 1U);
}

TEST_F(EngineTest, AReloadFromShadowToActMakesGoodOfNothingPretended) {
  start(R"({"name": "r", "when": "offset > 1s", "do": [{"burst": true}]})");
  finish(look(0s, 2s).at(0), 0s, Ending::would_do);
  engine_->replace(rules_of(kAct));
  const auto intents = look(1s);
  ASSERT_EQ(intents.size(), 1U);
  EXPECT_FALSE(intents[0].dry_run);
}

TEST_F(EngineTest, ATargetStaysBusyWhenTheRuleAtWorkIsDropped) {
  start(kAct);
  const auto intents = look(0s, 2s);
  engine_->replace(rules_of(R"({"name": "new", "mode": "act", "when": "offset > 1s",
                                "do": [{"reload": "mail"}]})"));
  EXPECT_TRUE(look(1s).empty());
  EXPECT_EQ(suppressed(Gate::busy), 1U);
  finish(intents.at(0), 2s);
  EXPECT_EQ(look(3s).size(), 1U);
}

TEST_F(EngineTest, RepairsADovecotWhoseLoginsHangAfterABackwardStep) {
  start(R"({"name": "hang", "mode": "act",
    "when": "backward_step(200s) >= 1s and failing(mail.login) >= 1s",
    "do": [{"reload": "mail", "verify": {"probe": "mail.login"}}]})");
  facts_.probes["mail.login"] = {ProbeState::ok, at(0s)};
  facts_.probes["mail.port"] = {ProbeState::ok, at(0s)};
  EXPECT_TRUE(look(10s).empty());
  facts_.jumps = {{-11s, at(11s), "external_step"}};
  EXPECT_TRUE(look(11s).empty());
  facts_.probes["mail.login"] = {ProbeState::failed, at(12s)};
  EXPECT_TRUE(look(12s).empty());
  const auto intents = look(13s);
  ASSERT_EQ(intents.size(), 1U);
  EXPECT_EQ(intents[0].evidence,
            "backward_step(200s)=11s >= 1s: true; failing(mail.login)=1s >= 1s: true");
}

}  // namespace
}  // namespace slewd::rules
