// SPDX-License-Identifier: Apache-2.0
// broken_by_jump() and broken_by_log(): what they take, and what they remember.
// What they mean for services: the stories in tests/rules.
#include <gtest/gtest.h>

#include "rules/lang/expression.hpp"
#include "rules/rule.hpp"

#include "tests/unit/rules/remembering.hpp"
#include "tests/unit/rules/rule_text.hpp"
#include "tests/unit/rules/truth_values.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

std::string blame_refusal(std::string_view text) {
  const auto expression = Expression::compile(text, kServices);
  return expression ? "accepted" : expression.error().describe();
}

TEST(Blame, NamesThePlaceAndWhatWouldBeRight) {
  const std::pair<const char*, const char*> kCases[] = {
      {"broken_by_jump(mail.login, 200s)", "accepted"},
      {"broken_by_jump(mail, 200s, 1s)", "accepted"},
      {"broken_by_jump(probe.mail.login, 200s, -1s)", "accepted"},
      {"broken_by_jump(unit.mail, 10m, -5s)", "accepted"},
      {"broken_by_log(mail.login, mail.stall, 200s)", "accepted"},
      {"broken_by_log(unit.mail, mail.stall, 200s, 1s)", "accepted"},
      {"broken_by_log(unit.mail, mail.fatal, 200s)", "accepted"},
      {"up_through_jump(unit.mail, 10m)", "accepted"},
      {"broken_by_jump(mail.logon, 200s)",
       "column 16: unknown probe 'mail.logon'; did you mean 'mail.login'?"},
      {"broken_by_jump(mail.login)",
       "column 1: 'broken_by_jump' takes 2 or 3 values: broken_by_jump(dovecot.login, 200s, -1s)"},
      {"broken_by_jump(mail.login, 200s, 0s)",
       "column 34: 'broken_by_jump' takes a fixed size here, for instance "
       "'broken_by_jump(dovecot.login, 200s, -1s)'"},
      {"broken_by_jump(mail.login, 200s, 5)",
       "column 34: 'broken_by_jump' takes a fixed size here, for instance "
       "'broken_by_jump(dovecot.login, 200s, -1s)'"},
      {"broken_by_jump(mail.login, offset)",
       "column 28: 'broken_by_jump' takes a fixed time here, for instance "
       "'broken_by_jump(dovecot.login, 200s, -1s)'"},
      {"broken_by_log(mail.login, mail.stal, 200s)",
       "column 27: unknown log trigger 'mail.stal'; did you mean 'mail.stall'?"},
      {"broken_by_log(mail.login, mail.fatal, 200s, 1s)",
       "column 27: the trigger 'mail.fatal' has no capture group; put parentheses around the "
       "number and "
       "add \"captures\": \"seconds\" or \"number\""},
      {"displaced(5m, -5s)", "accepted"},
      {"displaced(5m)", "column 1: 'displaced' takes 2 values: displaced(5m, -5s)"},
      {"displaced(5m, 0s)",
       "column 15: 'displaced' takes a fixed size here, for instance 'displaced(5m, -5s)'"},
      {"misplaced(5m, -5s)", "accepted"},
      {"misplaced(5m)", "column 1: 'misplaced' takes 2 values: misplaced(10m, -1s)"},
      {"jumped(VM_pause, 10s)", "accepted"},
      {"jumped('migration', 10s)", "accepted"},
      {"jumped(vm_paus, 10s)",
       "column 8: 'vm_paus' is not one of own_step, external_step, suspend, vm_pause, migration, "
       "snapshot, external_frequency, external_slew, leap, clocksource, unknown; did you mean "
       "'vm_pause'?"},
      {"jumped(offset, 10s)",
       "column 8: 'jumped' takes a value of jump.cause, for instance 'jumped(vm_pause, 10s)'"},
      {"jumped(suspend, offset)",
       "column 17: 'jumped' takes a fixed time here, for instance 'jumped(vm_pause, 10s)'"},
      {"up_through_jump(mail.login, 10m)",
       "column 17: 'up_through_jump' takes a unit, for instance "
       "'up_through_jump(unit.etcd, 10m, -1s)'"},
      {"broken_by_jump(mail.login, 200s) > 1s",
       "column 34: '>' needs operands of the same unit; 'broken_by_jump(mail.login, 200s)' is true "
       "or false, '1s' "
       "is a duration"},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(blame_refusal(text), expected) << text;
}

TEST_F(Remembering, ARunThatWasUnderWayAtTheJumpTellsOfTheTimeAfterIt) {
  probe(ProbeState::ok, 9s);
  facts.jumps = {{-60s, at(10s), "external_step"}};
  probe(ProbeState::failed, 10500ms);
  facts.probes["mail.login"].since = at(9500ms);  // it began before
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 11s), kTrue);
  EXPECT_EQ(why,
            "broken_by_jump(mail.login, 200s): true (mail.login worked 1s before the jump by -1m "
            "and failed 500ms after it)");
}

TEST_F(Remembering, TheSizeOfALongJumpIsShownToTheSecond) {
  probe(ProbeState::ok, 9s);
  facts.jumps = {{-60843ms, at(10s), "external_step"}};
  probe(ProbeState::failed, 11s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 11s), kTrue);
  EXPECT_NE(why.find("before the jump by -1m and failed"), std::string::npos) << why;
}

// It is seen a little later than it happens: what failed in between may have failed of it.
TEST_F(Remembering, AFailureBetweenTheJumpAndItsNoticeIsOneAfterIt) {
  probe(ProbeState::ok, 9s);
  probe(ProbeState::failed, 9960ms);
  facts.jumps = {{-60s, at(10s), "external_step", true, 50ms}};
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 11s), kTrue);
  facts.jumps = {{-60s, at(10s), "external_step", true, 20ms}};
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 11s), kFalse);
}

TEST_F(Remembering, AJumpThatNobodyWatchedForAnHourProvesNothing) {
  probe(ProbeState::ok, 9s);
  probe(ProbeState::failed, 20s);
  facts.jumps = {{-60s, at(1h), "external_step", true, 1h}};
  EXPECT_EQ(now("broken_by_jump(mail.login, 2h)", 3601s), kFalse);
}

TEST_F(Remembering, SizeAndDirectionAreThoseOfTheJumpThatBrokeIt) {
  probe(ProbeState::ok, 9s);
  facts.jumps = {{-60s, at(10s), "external_step"}};
  probe(ProbeState::failed, 11s);
  facts.jumps.push_back({90s, at(12s), "external_step"});
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s, -1m)", 13s), kTrue);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s, -61s)", 13s), kFalse);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s, 1s)", 13s), kFalse);
  EXPECT_EQ(now("broken_by_jump(mail.login, 2s)", 13s), kFalse) << "the first is older than that";
}

TEST_F(Remembering, OneRunThatIsLostRightBeforeTheJumpIsNoIllness) {
  probe(ProbeState::ok, 8s);
  probe(ProbeState::failed, 9500ms);
  facts.jumps = {{-60s, at(10s), "external_step"}};
  memory.note(facts);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 10s), kFalse) << "it may work again";
  probe(ProbeState::failed, 10500ms);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 11s), kTrue);
  EXPECT_EQ(why,
            "broken_by_jump(mail.login, 200s): true (mail.login worked 2s before the jump by -1m "
            "and failed 500ms after it)");
}

TEST_F(Remembering, TwoRunsBeforeTheJumpOrOneLongBeforeItAreAnIllness) {
  probe(ProbeState::ok, 8s);
  probe(ProbeState::failed, 9s);
  facts.probes["mail.login"].found_again = at(9900ms);
  probe(ProbeState::failed, 10500ms);
  facts.jumps = {{-60s, at(10s), "external_step"}};
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 11s), kFalse);
  facts.jumps = {{-60s, at(9800ms), "external_step"}};
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 11s), kTrue);
  facts.jumps = {{90s, at(8500ms), "external_step"}, {-60s, at(9800ms), "external_step"}};
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s, -1s)", 11s), kFalse)
      << "the first jump rather than chance";
  facts.probes["mail.login"].found_again.reset();
  memory = {};
  probe(ProbeState::ok, 12s);
  probe(ProbeState::failed, 13s);
  facts.jumps = {{-60s, at(18100ms), "external_step"}};
  probe(ProbeState::failed, 19s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 20s), kFalse);
}

TEST_F(Remembering, JumpsThatAddUpAreOneCauseFromTheOneThatMakesThemEnough) {
  probe(ProbeState::ok, 9s);
  facts.jumps = {{-3s, at(5s), "external_step"},
                 {1s, at(7s), "external_step"},
                 {-3s, at(10s), "external_step"},
                 {-1s, at(20s), "external_step"}};
  probe(ProbeState::failed, 11s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s, -5s)", 12s), kTrue);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s, -6s)", 21s), kFalse) << "that was after it";
  EXPECT_EQ(now("broken_by_jump(mail.login, 13s, -5s)", 21s), kFalse) << "the first is too old";
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s, 2s)", 12s), kFalse);
}

// It has served on for a minute after what makes up most of the sum.
TEST_F(Remembering, ASmallJumpDoesNotMakeAnOldOneNewAgain) {
  probe(ProbeState::ok, 9s);
  facts.jumps = {{-6s, at(10s), "external_step"}, {-1ms, at(65s), "external_step"}};
  probe(ProbeState::ok, 80s);
  probe(ProbeState::failed, 81s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s, -5s)", 82s), kFalse) << "the first was enough";
  facts.jumps = {{-4s, at(10s), "external_step"}, {-1s, at(71s), "external_step"}};
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s, -5s)", 82s), kFalse) << "more than a minute";
  facts.jumps[0].at = at(12s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s, -5s)", 82s), kTrue);
}

// The probe rested when the unit failed.
TEST_F(Remembering, AUnitThatFailedBeforeTheJumpTellsWhatItsProbeDoesNotKnow) {
  probe(ProbeState::ok, 35s);
  unit("active", 0s, at(0s));
  unit("failed", 40s, at(0s));
  facts.jumps = {{-60s, at(60s), "external_step"}};
  probe(ProbeState::failed, 61s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 62s), kFalse);
  EXPECT_EQ(why,
            "broken_by_jump(mail.login, 200s): false (unit.mail failed 20s before the jump by -1m "
            "already)");
  facts.jumps[0].at = at(39s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 62s), kTrue);
}

TEST_F(Remembering, AServiceThatComesAndGoesWasNotWellBeforeTheJump) {
  probe(ProbeState::failed, 40s);
  probe(ProbeState::ok, 50s);
  probe(ProbeState::ok, 59s);
  facts.jumps = {{-60s, at(60s), "external_step"}};
  probe(ProbeState::failed, 61s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 62s), kTrue) << "one run is lost now and then";
  facts.probes["mail.login"] = {};
  memory = {};
  probe(ProbeState::failed, 40s);
  probe(ProbeState::failed, 41s);
  probe(ProbeState::ok, 50s);
  probe(ProbeState::failed, 61s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 62s), kFalse);
  EXPECT_EQ(why,
            "broken_by_jump(mail.login, 200s): false (mail.login failed in a quarter of its "
            "runs or more in the 1m before the jump by -1m)");
  facts.jumps.insert(facts.jumps.begin(), {-60s, at(39s), "external_step"});
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 62s), kTrue) << "the first jump's harm";
  facts.jumps.erase(facts.jumps.begin());
  unit("active", 45s, at(45s));
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 62s), kTrue) << "it was not started yet";
}

// On a busy machine a login takes a second now and then.
TEST_F(Remembering, TwoOfTwentyRunsThatFailedAreLostAndEveryThirdIsAnIllness) {
  const auto broken_after = [this](int every) {
    memory = {};
    facts.probes.clear();
    facts.jumps = {{-60s, at(61s), "external_step"}};
    for (int run = 1; run <= 60; ++run)
      probe(run % every == 1 ? ProbeState::failed : ProbeState::ok, run * 1s);
    probe(ProbeState::ok, 60500ms);
    probe(ProbeState::failed, 62s);
    return now("broken_by_jump(mail.login, 200s)", 63s);
  };
  EXPECT_EQ(broken_after(10), kTrue) << "six of sixty";
  EXPECT_EQ(broken_after(3), kFalse);
  EXPECT_EQ(why,
            "broken_by_jump(mail.login, 200s): false (mail.login failed in a quarter of its runs "
            "or more in the 1m before the jump by -1m)");
}

TEST_F(Remembering, AFailureThatLastsWeighsByItsShareOfTheMinute) {
  const auto broken_after = [this](Nanos ill) {
    memory = {};
    facts.probes.clear();
    facts.jumps = {{-60s, at(100s), "external_step"}};
    for (Nanos time = 1s; time < 100s; time += 1s)
      probe(time >= 50s && time < 50s + ill ? ProbeState::failed : ProbeState::ok, time);
    probe(ProbeState::failed, 101s);
    return now("broken_by_jump(mail.login, 200s)", 102s);
  };
  EXPECT_EQ(broken_after(2s), kTrue);
  EXPECT_EQ(broken_after(14s), kTrue);
  EXPECT_EQ(broken_after(16s), kFalse);
}

// After an action it is unknown until it has run; still failing, it has not been repaired.
TEST_F(Remembering, AnActionThatDidNotHelpLeavesTheHarmToTheJump) {
  probe(ProbeState::ok, 9s);
  facts.jumps = {{-60s, at(10s), "external_step"}};
  probe(ProbeState::failed, 11s);
  probe(ProbeState::unknown, 13s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 13s), kUnknown);
  facts.jumps.push_back({-60s, at(13500ms), "external_step"});
  probe(ProbeState::failed, 14s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 15s), kTrue);
  probe(ProbeState::ok, 16s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 16s), kFalse);
}

TEST_F(Remembering, AStartThatNoLookHasSeenIsKnownFromSystemd) {
  probe(ProbeState::ok, 9s);
  unit("active", 0s, at(0s));
  facts.jumps = {{-60s, at(10s), "external_step"}};
  EXPECT_EQ(now("up_through_jump(unit.mail, 200s)", 20s), kTrue);
  unit("active", 10500ms, at(10400ms));
  probe(ProbeState::failed, 11s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 12s), kFalse);
  EXPECT_EQ(now("up_through_jump(unit.mail, 200s)", 20s), kFalse);
  // A reload is no start.
  facts.jumps.push_back({-60s, at(20s), "external_step"});
  unit("reloading", 21s, at(10400ms));
  unit("active", 22s, at(10400ms));
  EXPECT_EQ(now("up_through_jump(unit.mail, 200s)", 30s), kTrue);
}

TEST_F(Remembering, WhatSystemdHasNotToldIsUnknown) {
  facts.jumps = {{-60s, at(10s), "external_step"}};
  unit("unknown", 0s);
  EXPECT_EQ(now("broken_by_jump(unit.mail, 200s)", 11s), kUnknown);
  EXPECT_EQ(now("up_through_jump(unit.mail, 200s)", 20s), kUnknown);
  unit("failed", 12s);
  EXPECT_EQ(now("broken_by_jump(unit.mail, 200s)", 13s), kUnknown);
  EXPECT_EQ(now("not broken_by_jump(unit.mail, 200s)", 13s), kUnknown);
  facts.logs.clear();
  EXPECT_EQ(now("broken_by_log(unit.mail, mail.fatal, 200s)", 13s), kUnknown);
  facts.logs["mail.fatal"] = {{at(11s), std::nullopt}};
  EXPECT_EQ(now("broken_by_log(unit.mail, mail.fatal, 200s)", 13s), kTrue)
      << "what writes its last words runs";
}

TEST_F(Remembering, SystemdsAnswerFillsTheTimeInWhichItDidNotAnswer) {
  unit("active", 0s);
  unit("unknown", 9s);
  facts.jumps = {{-60s, at(10s), "external_step"}};
  unit("active", 0s);
  unit("failed", 12s);
  EXPECT_EQ(now("broken_by_jump(unit.mail, 200s)", 13s), kTrue);
}

TEST_F(Remembering, KeepsABoundedHistoryAndDoesNotGuessBeyondIt) {
  probe(ProbeState::ok, 1s);
  facts.jumps = {{-60s, at(2s), "external_step"}};
  for (int i = 0; i < 40; ++i)
    probe(i % 2 == 0 ? ProbeState::failed : ProbeState::unknown, 3s + i * 1s);
  probe(ProbeState::failed, 50s);
  EXPECT_EQ(now("broken_by_jump(mail.login, 200s)", 51s), kUnknown);
}

TEST(ProbesThatRest, AreThoseThatAreOnlyBlamedOnJumps) {
  const auto rest = [](const std::string& when) {
    const RuleFile file = rules_of(R"({"name": "r", "mode": "act", "when": ")" + when +
                                   R"(", "do": [{"notify": "x"}]})");
    return rest_interval(*file.find_probe("mail.login"), file);
  };
  EXPECT_EQ(rest("broken_by_jump(mail.login, 200s) and failing(mail.login) >= 1s"), 30s);
  EXPECT_EQ(rest("broken_by_jump(mail, 200s)"), 30s);
  EXPECT_EQ(rest("broken_by_jump(mail.login, 20s)"), 5s) << "else it could not have worked lately";
  EXPECT_EQ(rest("broken_by_jump(mail.login, 2s)"), 1s) << "never more often than `every`";
  EXPECT_EQ(rest("failing(mail.login) >= 1s"), 1s);
  EXPECT_EQ(rest("broken_by_jump(mail.port, 200s) and probe.mail.login == failed"), 1s);
}

TEST(ProbesThatRest, DoNotIncludeThoseThatAnotherRuleWatches) {
  const auto rule = [](const std::string& name, const std::string& when) {
    return R"({"name": ")" + name + R"(", "mode": "act", "when": ")" + when +
           R"(", "do": [{"notify": "x"}]})";
  };
  const RuleFile file = rules_of(rule("r", "broken_by_jump(mail.login, 200s)") + ", " +
                                 rule("s", "failing(mail.login) > 1m"));
  EXPECT_EQ(rest_interval(*file.find_probe("mail.login"), file), 1s);
  EXPECT_EQ(longest_blame(file), 200s);
  EXPECT_EQ(units_in_use(file), std::vector<std::string>{"mail"});
}

// Its target has commands and no unit: whether it is up follows from its probes alone.
TEST(ProbesThatAGuardNeeds, RunAlthoughNoConditionNamesThem) {
  auto file = parse_rule_file(R"({"schema": "slewd.rules/1",
    "targets": {"svc": {"commands": {"stop": ["/bin/stop"], "start": ["/bin/start"]},
                        "probes": {"up": {"type": "tcp", "port": 1}}}},
    "rules": [{"name": "g", "mode": "act", "phase": "pre_step", "when": "step.pending < -1s",
               "do": [{"stop": "svc"}], "after_step": [{"start": "svc"}]}]})",
                              "t.json");
  ASSERT_TRUE(file) << file.error().describe();
  EXPECT_EQ(probes_in_use(*file), std::vector<std::string>{"svc.up"});
  EXPECT_EQ(rest_interval(*file->find_probe("svc.up"), *file), 1s);
  file->rules.front().phase = RulePhase::normal;
  EXPECT_TRUE(probes_in_use(*file).empty());
}

}  // namespace
}  // namespace slewd::rules
