// SPDX-License-Identifier: Apache-2.0
// Every gate: what closes it, what opens it again, and how it says so.
#include "rules/engine/gates.hpp"

#include <gtest/gtest.h>

#include "rules/engine/engine.hpp"
#include "rules/engine/maintenance.hpp"

#include "tests/unit/rules/rule_text.hpp"

namespace slewd::rules {
namespace {

class GatesTest : public testing::Test {
 protected:
  void start(const std::string& rule, const std::string& parts = "") {
    auto file = parse_rule_file(R"({"schema": "slewd.rules/1", )" + parts + R"(
      "targets": {"mail": {"unit": "mail.service", "probes": {"login": {"type": "imap_login",
        "port": 143, "user": "u", "password_file": "/p"}}}},
      "rules": [{"name": "r", "mode": "act", "when": "offset > 1s", )" +
                                    rule + "}]}",
                                "t.json");
    ASSERT_TRUE(file) << file.error().describe();
    engine_.emplace(std::move(*file));
    facts_.set(Fact::offset, 2s);
  }
  std::vector<Intent> look(Nanos time) { return engine_->evaluate(at(time), facts_); }
  void finish(const Intent& intent, Nanos time, Ending ending) {
    engine_->on_outcome(outcome_of(intent, at(time), ending));
  }
  std::string closed(Gate gate) {
    const RuleView rule = engine_->views(at(0s)).at(0);
    for (const GateView& view : rule.gates)
      if (view.gate == gate) return view.closed;
    return "no such gate";
  }
  void expect_stopped_by(Gate gate, Nanos time, const std::string& reason) {
    EXPECT_TRUE(look(time).empty());
    EXPECT_EQ(closed(gate), reason);
    const RuleView view = engine_->views(at(time)).at(0);
    EXPECT_EQ(view.state, RuleState::suppressed);
    EXPECT_GE(view.suppressed[static_cast<std::size_t>(gate)], 1U) << to_string(gate);
  }

  std::optional<Engine> engine_;
  Facts facts_;
};

constexpr const char* kRestart = R"("do": [{"restart": "mail"}])";
constexpr const char* kBurst = R"("do": [{"burst": true}])";

TEST_F(GatesTest, QualityWantsABoundThatIsKnownAndSmallEnough) {
  start(std::string(kBurst) + R"(, "trust": {"max_bound": "50ms", "min_sources": 2})");
  expect_stopped_by(Gate::quality, 1s, "error bound is unknown");
  facts_.set(Fact::bound, 80ms);
  expect_stopped_by(Gate::quality, 2s, "error bound is 80ms, more than 50ms");
  facts_.set(Fact::bound, 20ms);
  expect_stopped_by(Gate::quality, 3s, "fewer than 2 sources are used for the estimate");
  facts_.set(Fact::sources_selected, std::uint64_t{2});
  EXPECT_EQ(look(4s).size(), 1U);
}

TEST_F(GatesTest, TheKillSwitchStopsWhateverItsModeIs) {
  start(kBurst, R"("global": {"kill_switch": true},)");
  expect_stopped_by(Gate::paused, 1s, "paused: the kill switch of t.json is on");
}

TEST_F(GatesTest, TheGlobalModeCapsTheRules) {
  start(kRestart, R"("global": {"mode": "shadow"},)");
  const auto intents = look(1s);
  ASSERT_EQ(intents.size(), 1U);
  EXPECT_TRUE(intents[0].dry_run);
}

TEST_F(GatesTest, APauseEndsByItself) {
  start(kBurst);
  engine_->pause({"upgrade", at(10s)});
  expect_stopped_by(Gate::paused, 9s, "paused: upgrade");
  EXPECT_EQ(look(10s).size(), 1U);
  EXPECT_FALSE(engine_->paused());
}

TEST_F(GatesTest, APauseWithoutAReasonIsAPauseToo) {
  start(kBurst);
  engine_->pause({"", std::nullopt});
  expect_stopped_by(Gate::paused, 1s, "paused: no reason given");
}

TEST_F(GatesTest, NothingIsRestartedRightAfterTheBootUnlessTheClockIsSynchronized) {
  start(kRestart, R"("global": {"boot_grace": "120s"},)");
  facts_.set(Fact::boot_age, 30s);
  expect_stopped_by(Gate::boot, 1s,
                    "the machine started 30s ago and the clock is not yet synchronized; "
                    "waits until 2m");
  facts_.set(Fact::synchronized, true);
  EXPECT_EQ(look(2s).size(), 1U);
}

TEST_F(GatesTest, BootGraceDoesNotHoldBackWhatTouchesSlewdAlone) {
  start(kBurst);
  facts_.set(Fact::boot_age, 1s);
  EXPECT_EQ(look(1s).size(), 1U);
}

TEST_F(GatesTest, HeldRulesWaitForTheClockOrForTheirTime) {
  start(kRestart);
  engine_->hold_rules(at(100s), "held by 'vm-resume-hold'");
  expect_stopped_by(Gate::boot, 1s, "held by 'vm-resume-hold'; another 1m39s at most");
  facts_.set(Fact::synchronized, true);
  EXPECT_EQ(look(2s).size(), 1U);
}

TEST_F(GatesTest, ARuleThatHoldsTheOthersDoesSoForThoseAfterItInTheSameLook) {
  Engine engine(rules_of(R"({"name": "hold", "mode": "act", "when": "offset > 1s",
      "do": [{"hold_rules": "10m"}]},
    {"name": "restart", "mode": "act", "when": "offset > 1s", "do": [{"restart": "mail"}]})"));
  facts_.set(Fact::offset, 2s);
  const auto intents = engine.evaluate(at(1s), facts_);
  ASSERT_EQ(intents.size(), 1U);
  EXPECT_EQ(intents[0].rule, "hold");
  EXPECT_EQ(engine.views(at(1s)).at(1).gates.at(2).closed,
            "held by rule 'hold'; another 10m at most");
}

TEST_F(GatesTest, TheHostHasABudgetOfItsOwn) {
  start(std::string(kRestart) + R"(, "limits": {"cooldown": "1s", "per_hour": 10})",
        R"("global": {"actions_per_hour": 2},)");
  for (int i = 0; i < 2; ++i) {
    const auto intents = look(10s * (i + 1));
    ASSERT_EQ(intents.size(), 1U);
    finish(intents[0], 10s * (i + 1), Ending::verified);
  }
  expect_stopped_by(Gate::budget, 40s, "hourly budget of all rules used: 2 of 2 actions");
}

TEST_F(GatesTest, AnAlwaysFailingActionOpensTheBreakerAndHasOneTrialAfterTheRest) {
  start(std::string(kRestart) + R"(, "limits": {"cooldown": "1s", "per_hour": 60,
                                      "breaker": {"failures": 2, "half_open": "30m"}})");
  Nanos time = 10s;
  for (int i = 0; i < 2; ++i, time += 10s) {
    const auto intents = look(time);
    ASSERT_EQ(intents.size(), 1U) << i;
    finish(intents[0], time, Ending::failed);
  }
  expect_stopped_by(Gate::breaker, time,
                    "the breaker is open after 2 failures in a row; one trial in 29m50s");
  EXPECT_EQ(engine_->views(at(time)).at(0).breaker, BreakerState::open);
  const Nanos later = 20s + 30min;
  EXPECT_TRUE(look(later - 1s).empty());
  const auto trial = look(later);
  ASSERT_EQ(trial.size(), 1U);
  finish(trial[0], later, Ending::failed);
  EXPECT_TRUE(look(later + 10s).empty()) << "one failed trial opens it again";
  const auto second = look(later + 30min);
  ASSERT_EQ(second.size(), 1U);
  finish(second[0], later + 30min, Ending::verified);
  EXPECT_EQ(engine_->views(at(later + 31min)).at(0).breaker, BreakerState::closed);
}

TEST_F(GatesTest, ABreakerSurvivesARestartAndARebootButRestsAnew) {
  start(kRestart);
  engine_->restore({9,
                    {{"r", std::nullopt, false, false, Ending::failed, {}},
                     {"r", std::nullopt, false, false, Ending::timed_out, {}}},
                    at(5s)});
  expect_stopped_by(Gate::breaker, 6s,
                    "the breaker is open after 2 failures in a row; one trial in 29m59s");
}

TEST_F(GatesTest, AWindowIsJudgedByCorrectedTimeOnly) {
  start(std::string(kRestart) + R"(, "windows": ["night"])",
        R"("windows": {"night": {"zone": "+01:00", "days": ["fri"], "from": "23:00", "to": "01:00",
           "max_bound": "1s"}},)");
  expect_stopped_by(Gate::window, 1s,
                    "maintenance windows cannot be checked: no source provides the time");
  // 1970-01-02 was a Friday; 21:59 UTC is 22:59 in the zone.
  facts_.true_time = TrueTime{WallTime{24h + 21h + 59min}, 10ms};
  expect_stopped_by(Gate::window, 2s, "outside night (fri 23:00 to 01:00, +01:00)");
  facts_.true_time = TrueTime{WallTime{24h + 23h + 59min}, 2s};
  expect_stopped_by(Gate::window, 3s, "night needs a time error of at most 1s, it is up to 2.00 s");
  facts_.true_time = TrueTime{WallTime{24h + 23h + 59min}, 10ms};
  EXPECT_EQ(look(4s).size(), 1U) << "00:59 on Saturday belongs to Friday's window";
}

TEST_F(GatesTest, BlockersMustBeFalseAndUnknownBlocks) {
  start(std::string(kRestart) + R"(, "blockers": ["unit.mail == activating"])");
  expect_stopped_by(Gate::blockers, 1s, "blocked: 'unit.mail == activating' is unknown");
  facts_.units["mail"] = {"activating", at(0s)};
  expect_stopped_by(Gate::blockers, 2s, "blocked: 'unit.mail == activating' is true");
  facts_.units["mail"] = {"failed", at(0s)};
  EXPECT_EQ(look(3s).size(), 1U);
}

TEST_F(GatesTest, AStormStopsWhatDisturbsServices) {
  start(kRestart);
  facts_.storm = "12 of 20 nodes are off the same way";
  expect_stopped_by(Gate::storm, 1s, "storm: 12 of 20 nodes are off the same way");
  facts_.storm.reset();
  EXPECT_EQ(look(2s).size(), 1U);
}

TEST_F(GatesTest, AFleetSlotIsAskedForOnlyWhileAllEarlierGatesAreOpen) {
  start(std::string(kRestart) + R"(, "fleet": "mail", "blockers": ["unit.mail == active"])",
        R"("fleet": {"mail": {"slots": 1}},)");
  facts_.units["mail"] = {"active", at(0s)};
  look(1s);
  EXPECT_TRUE(engine_->wanted_locks().empty());
  facts_.units["mail"] = {"failed", at(0s)};
  expect_stopped_by(Gate::fleet, 2s, "no slot of 'mail': asked for");
  EXPECT_EQ(engine_->wanted_locks(), std::set<std::string>{"mail"});
  facts_.units["mail"] = {"active", at(2s)};
  look(3s);
  EXPECT_TRUE(engine_->wanted_locks().empty()) << "given back at once";
  facts_.units["mail"] = {"failed", at(3s)};
  facts_.fleet["mail"] = {true, ""};
  const auto intents = look(4s);
  ASSERT_EQ(intents.size(), 1U);
  EXPECT_EQ(intents[0].fleet, "mail");
  EXPECT_EQ(engine_->wanted_locks(), std::set<std::string>{"mail"}) << "kept while it acts";
  finish(intents[0], 5s, Ending::verified);
  EXPECT_TRUE(engine_->wanted_locks().empty());
}

TEST_F(GatesTest, ADryRunTakesNoSlot) {
  start(R"("do": [{"restart": "mail"}], "fleet": "mail")",
        R"("global": {"mode": "shadow"}, "fleet": {"mail": {}},)");
  EXPECT_EQ(look(1s).size(), 1U);
  EXPECT_TRUE(engine_->wanted_locks().empty());
}

TEST_F(GatesTest, AreCheckedInTheOrderOfTheirLabels) {
  start(kRestart);
  (void)look(1s);
  const std::vector<GateView> gates = engine_->views(at(1s)).at(0).gates;
  ASSERT_EQ(gates.size(), kGates.size());
  for (std::size_t i = 0; i < gates.size(); ++i) EXPECT_EQ(gates[i].gate, kGates[i]);
}

TEST(MaintenanceWindow, CoversTheWholeDayFromMidnightToMidnight) {
  MaintenanceWindow window;
  window.from = 0s;
  window.to = 24h;
  for (int hour = 0; hour < 24; ++hour) EXPECT_TRUE(contains(window, WallTime{1h * hour}));
  window.days = {};
  EXPECT_FALSE(contains(window, WallTime{1h}));
}

}  // namespace
}  // namespace slewd::rules
