// SPDX-License-Identifier: Apache-2.0
// What outlives an action, a reload and a restart: what is owed, and what bounds further actions.
#include <gtest/gtest.h>

#include "rules/engine/engine.hpp"

#include "tests/unit/rules/rule_text.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

std::string rule(const std::string& mode, const std::string& more = "") {
  return R"({"name": "r", "mode": ")" + mode + R"(", "when": "offset > 1s",
    "do": [{"restart": "mail"}], "limits": {"cooldown": "5m", "per_hour": 9,
    "breaker": {"failures": 2}})" +
         more + "}";
}
const std::string kUndone = R"(, "on_clear": [{"start": "mail"}])";
const std::string kHold =
    R"({"name": "hold", "mode": "act", "when": "offset > 1h", "do": [{"hold_rules": "10m"}]},)";

// Due half a second after its condition has become false, and bound by nothing else.
std::string drain(const std::string& mode = "act") {
  return R"({"name": "r", "mode": ")" + mode + R"(", "when": "failing(mail.login) > 1s",
    "clear_for": "500ms", "do": [{"stop": "mail"}], "on_clear": [{"start": "mail"}]})";
}

class EngineMemory : public testing::Test {
 protected:
  void start(const std::string& rules) { engine_.emplace(rules_of(rules)); }
  void reload(const std::string& rules) { engine_->replace(rules_of(rules)); }
  std::vector<Intent> look(Nanos time, Nanos offset) {
    Facts facts;
    facts.set(Fact::offset, offset);
    facts.set(Fact::synchronized, false);
    facts.set(Fact::boot_age, Nanos{1h});
    return engine_->evaluate(at(time), facts);
  }
  // The same for what depends on a probe; without a state it has not answered.
  std::vector<Intent> look_at_probe(Nanos time, std::optional<ProbeState> state) {
    Facts facts;
    facts.set(Fact::synchronized, true);
    facts.set(Fact::boot_age, Nanos{1h});
    if (state) facts.probes["mail.login"] = {*state, at(0s)};
    return engine_->evaluate(at(time), facts);
  }
  // The rule acts, and this comes of it.
  void act(Nanos time, Ending ending) {
    const auto intents = look(time, 2s);
    ASSERT_EQ(intents.size(), 1U) << view().explanation;
    ASSERT_FALSE(intents[0].dry_run);
    end(intents[0], time, ending);
  }
  void end(const Intent& intent, Nanos time, Ending ending) {
    engine_->on_outcome(outcome_of(intent, at(time), ending));
  }
  RuleView view(Nanos time = 0s) { return engine_->views(at(time)).at(0); }
  // What a former run did five minutes before.
  static PastDecision past(const std::string& undo, Ending ending = Ending::done) {
    return {"r", at(-5min), false, false, ending, at(-5min), undo};
  }

  std::optional<Engine> engine_;
};

TEST_F(EngineMemory, NothingIsTakenBackOfAnActionThatWasRefused) {
  start(rule("act", kUndone));
  act(0s, Ending::refused);
  EXPECT_TRUE(look(10min, 0s).empty());
}

TEST_F(EngineMemory, NothingIsTakenBackOfAnActionThatIsRefusedAfterTheEpisode) {
  start(rule("act", kUndone));
  const auto intents = look(0s, 2s);
  ASSERT_EQ(intents.size(), 1U);
  EXPECT_TRUE(look(10s, 0s).empty());
  end(intents[0], 30s, Ending::refused);
  EXPECT_TRUE(look(31s, 0s).empty());
}

TEST_F(EngineMemory, WhatIsNotKnownTakesNothingBack) {
  start(drain());
  EXPECT_TRUE(look_at_probe(0s, ProbeState::failed).empty());
  const auto intents = look_at_probe(2s, ProbeState::failed);
  ASSERT_EQ(intents.size(), 1U);
  end(intents[0], 3s, Ending::done);
  EXPECT_TRUE(look_at_probe(4s, std::nullopt).empty());
  EXPECT_TRUE(look_at_probe(5s, ProbeState::failed).empty());
  EXPECT_TRUE(look_at_probe(6s, ProbeState::ok).empty());
  const auto undoing = look_at_probe(7s, ProbeState::ok);
  ASSERT_EQ(undoing.size(), 1U);
  EXPECT_TRUE(undoing[0].clears);
}

TEST_F(EngineMemory, ARestartInTheMiddleOfAnIncidentTakesNothingBack) {
  start(drain());
  PastDecision decision = past(engine_->file().rules[0].undo_hash());
  decision.decided = decision.ended = at(-1min);
  engine_->restore({9, {decision}, at(0s)});
  EXPECT_TRUE(look_at_probe(0s, std::nullopt).empty());
  EXPECT_TRUE(look_at_probe(1s, ProbeState::failed).empty()) << "not failing for long enough yet";
  EXPECT_TRUE(look_at_probe(2s, ProbeState::failed).empty());
  EXPECT_TRUE(look_at_probe(2min, ProbeState::ok).empty());
  EXPECT_EQ(look_at_probe(2min + 1s, ProbeState::ok).size(), 1U);
}

TEST_F(EngineMemory, AnUndoingThatFailsInTheNextEpisodeIsTriedAgainAfterIt) {
  start(rule("act", kUndone));
  act(0s, Ending::done);
  const auto undoing = look(10s, 0s);
  ASSERT_EQ(undoing.size(), 1U);
  EXPECT_TRUE(look(20s, 2s).empty()) << "the cool-down lasts";
  end(undoing[0], 30s, Ending::failed);
  EXPECT_TRUE(look(40s, 2s).empty());
  const auto again = look(50s, 0s);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_TRUE(again[0].clears);
}

TEST_F(EngineMemory, AnUndoingThatFailsForHoursCostsNoBudget) {
  start(rule("act", kUndone));
  act(0s, Ending::done);
  int tries = 0;
  for (Nanos time = 1min; time < 59min; time += 1min)
    for (const Intent& intent : look(time, 0s)) {
      end(intent, time, Ending::failed);
      ++tries;
    }
  EXPECT_GT(tries, 25) << "more than actions_per_hour";
  EXPECT_EQ(look(59min, 2s).size(), 1U) << view(59min).explanation;
}

TEST_F(EngineMemory, WhatWasDoneIsTakenBackAfterATimeInShadowOrOff) {
  for (const std::string mode : {"shadow", "off"}) {
    start(rule("act", kUndone));
    act(0s, Ending::done);
    reload(rule(mode, kUndone));
    for (const Intent& pretended : look(10s, 0s)) end(pretended, 10s, Ending::would_do);
    reload(rule("act", kUndone));
    const auto undoing = look(20s, 0s);
    ASSERT_EQ(undoing.size(), 1U) << mode;
    EXPECT_TRUE(undoing[0].clears);
    EXPECT_FALSE(undoing[0].dry_run);
  }
}

TEST_F(EngineMemory, WhatStaysAsItIsWhileARuleMayNotActIsShown) {
  start(rule("act", kUndone));
  act(0s, Ending::done);
  EXPECT_TRUE(engine_->left_undone().empty());
  for (const std::string mode : {"shadow", "off"}) {
    reload(rule(mode, kUndone));
    EXPECT_EQ(engine_->left_undone(), std::vector<std::string>{"r"}) << mode;
    EXPECT_EQ(view().explanation.find("changes made by this rule are kept"), 0U) << mode;
  }
  reload(rule("act", kUndone));
  EXPECT_TRUE(engine_->left_undone().empty());
  reload(kHold.substr(0, kHold.size() - 1));
  EXPECT_EQ(engine_->left_undone(), std::vector<std::string>{"r"}) << "the rule is gone";
}

TEST_F(EngineMemory, AnUndoingThatWaitsForItsNextTryIsShown) {
  start(rule("act", kUndone));
  act(0s, Ending::done);
  const auto undoing = look(10s, 0s);
  ASSERT_EQ(undoing.size(), 1U);
  end(undoing[0], 10s, Ending::failed);
  EXPECT_TRUE(look(20s, 0s).empty());
  EXPECT_EQ(view(20s).state, RuleState::cooling);
  EXPECT_EQ(view(20s).explanation, "on_clear is pending, next try in 50s; offset=0s > 1s: false");
}

TEST_F(EngineMemory, WhatWasTakenBackIsNotTakenBackAgainAfterATimeInShadow) {
  start(rule("act", kUndone));
  act(0s, Ending::done);
  const auto undoing = look(10s, 0s);
  ASSERT_EQ(undoing.size(), 1U);
  end(undoing[0], 10s, Ending::done);
  reload(rule("shadow", kUndone));
  reload(rule("act", kUndone));
  EXPECT_TRUE(look(20s, 0s).empty());
}

TEST_F(EngineMemory, WhatWasDoneIsTakenBackThoughALaterTryWasRefused) {
  start(rule("act", kUndone));
  act(0s, Ending::failed);
  act(6min, Ending::refused);
  const auto intents = look(20min, 0s);
  ASSERT_EQ(intents.size(), 1U);
  EXPECT_TRUE(intents[0].clears);
}

TEST_F(EngineMemory, ARestartTakesBackWhatWasToBeTakenBackThen) {
  start(rule("act", kUndone));
  engine_->restore({9, {past(engine_->file().rules[0].undo_hash())}, at(0s)});
  EXPECT_TRUE(look(0s, 0s).empty()) << "what has been true for a while is false at first";
  const auto intents = look(1min, 0s);
  ASSERT_EQ(intents.size(), 1U);
  EXPECT_TRUE(intents[0].clears);
}

TEST_F(EngineMemory, ARestartTakesNothingBackThatNobodySpokeOfThen) {
  const std::string undo = rules_of(rule("act", kUndone)).rules[0].undo_hash();
  for (const PastDecision& decision : {past(""), past("another"), past(undo, Ending::refused)}) {
    start(rule("act", kUndone));
    engine_->restore({9, {decision}, at(0s)});
    (void)look(0s, 0s);
    EXPECT_TRUE(look(1min, 0s).empty()) << decision.undo;
  }
}

TEST_F(EngineMemory, AReloadWithoutTheUndoingAsksForNothing) {
  start(rule("act", kUndone));
  act(0s, Ending::done);
  auto undoing = look(10min, 0s);
  ASSERT_EQ(undoing.size(), 1U);
  end(undoing[0], 10min, Ending::failed);  // and is due again
  reload(rule("act"));
  EXPECT_TRUE(look(20min, 0s).empty());
}

TEST_F(EngineMemory, ARestartEndsNoHold) {
  start(kHold + rule("act"));
  engine_->restore({9, {{"hold", at(-1min), false, false, Ending::done, at(-1min), ""}}, at(0s)});
  EXPECT_TRUE(look(3s, 2s).empty());
  EXPECT_EQ(look(10min, 2s).size(), 1U);
}

TEST_F(EngineMemory, ARuleThatWasInShadowOrGoneMeanwhileIsBoundByWhatItDidBefore) {
  for (const std::string& meanwhile : {rule("shadow"), rule("off"), kHold}) {
    start(rule("act"));
    act(0s, Ending::failed);
    reload(meanwhile.ends_with(",") ? meanwhile.substr(0, meanwhile.size() - 1) : meanwhile);
    (void)look(1s, 0s);
    reload(rule("act"));
    EXPECT_TRUE(look(2s, 2s).empty()) << "within the cool-down, after " << meanwhile;
    EXPECT_EQ(view(2s).consecutive_failures, 1);
    (void)look(3s, 0s);
    act(6min, Ending::failed);
    EXPECT_EQ(view(6min).breaker, BreakerState::open);
  }
}

// A repair whose cool-down is longer than the time in which a jump counts.
class EngineHeldBack : public EngineMemory {
 protected:
  static std::string repair() {
    return R"json({"name": "r", "mode": "act", "when": "broken_by_jump(mail.login, 1m)",
      "do": [{"restart": "mail"}], "limits": {"cooldown": "30m"}})json";
  }
  // A look a second later: the probe has run.
  std::vector<Intent> look(ProbeState state) {
    now_ += 1s;
    ProbeFact& probe = facts_.probes["mail.login"];
    if (probe.state != state) probe.first_found = at(now_);
    probe.state = state;
    probe.last_found = at(now_);
    facts_.set(Fact::synchronized, true);
    facts_.units["mail"] = {"active", at(0s), std::nullopt};
    return engine_->evaluate(at(now_), facts_);
  }
  std::vector<Intent> jump() {
    (void)look(ProbeState::ok);
    facts_.jumps.push_back({-60s, at(now_), "external_step"});
    return look(ProbeState::failed);
  }
  // The first second of the time given at which it acts, if there is one.
  std::optional<Nanos> acts_within(Nanos time) {
    for (const Nanos until = now_ + time; now_ < until;)
      if (!look(ProbeState::failed).empty()) return now_;
    return std::nullopt;
  }
  void mend_first_jump() {
    const auto intents = jump();
    ASSERT_EQ(intents.size(), 1U) << view(now_).explanation;
    end(intents[0], now_, Ending::verified);
    (void)look(ProbeState::ok);
  }

  Facts facts_;
  Nanos now_{};
};

TEST_F(EngineHeldBack, AJumpDoesNotGrowTooOldInACoolDown) {
  start(repair());
  mend_first_jump();
  EXPECT_TRUE(jump().empty());
  EXPECT_EQ(acts_within(31min), 30min + 2s);
}

TEST_F(EngineHeldBack, AReloadInTheMidstForgetsNoJump) {
  start(repair());
  mend_first_jump();
  EXPECT_TRUE(jump().empty());
  EXPECT_FALSE(acts_within(10min));
  reload(repair());
  EXPECT_TRUE(acts_within(21min));
}

TEST_F(EngineHeldBack, AJumpThatWasAnsweredIsNotKept) {
  start(repair());
  const auto intents = jump();
  ASSERT_EQ(intents.size(), 1U);
  end(intents[0], now_, Ending::failed);
  EXPECT_FALSE(acts_within(2h));
}

TEST_F(EngineHeldBack, WhatAPausePreventedIsNotMadeUpFor) {
  start(repair());
  mend_first_jump();
  EXPECT_TRUE(jump().empty());
  EXPECT_FALSE(acts_within(5min));
  engine_->pause({"by hand", std::nullopt});
  EXPECT_FALSE(acts_within(1s));
  engine_->resume();
  EXPECT_FALSE(acts_within(2h));
}

TEST_F(EngineHeldBack, AnHourIsTheLongestThatAJumpIsKept) {
  start(R"json({"name": "r", "mode": "act", "when": "broken_by_jump(mail.login, 1m)",
    "blockers": ["unit.mail == active"], "do": [{"restart": "mail"}]})json");
  EXPECT_TRUE(jump().empty());
  EXPECT_FALSE(acts_within(1h));
  EXPECT_NE(view(now_).explanation.find("broken_by_jump(mail.login, 1m): true"), std::string::npos);
  EXPECT_FALSE(acts_within(2min));
  EXPECT_NE(view(now_).explanation.find("broken_by_jump(mail.login, 1m): false"),
            std::string::npos);
}

TEST_F(EngineMemory, AReloadCountsADecisionOnce) {
  start(rule("act"));
  act(0s, Ending::done);
  for (int i = 0; i < 20; ++i) reload(rule("act"));
  (void)look(1s, 0s);
  EXPECT_EQ(look(6min, 2s).size(), 1U) << "its budget of 9 an hour is spent once only";
}

}  // namespace
}  // namespace slewd::rules
