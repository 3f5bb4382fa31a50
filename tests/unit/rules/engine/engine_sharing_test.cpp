// SPDX-License-Identifier: Apache-2.0
// Rules that want the same thing at the same time: a slot of the fleet, a planned step's target.
#include <gtest/gtest.h>

#include "rules/engine/engine.hpp"

#include "tests/unit/rules/rule_text.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

RuleFile file_of(const std::string& rules) {
  auto file = parse_rule_file(
      R"({"schema": "slewd.rules/1", "fleet": {"mail": {"slots": 1, "interval": "10m"}},
          "targets": {"a": {"unit": "a.service"}, "b": {"unit": "b.service"}}, "rules": [)" +
          rules + "]}",
      "t.json");
  EXPECT_TRUE(file) << file.error().describe();
  return file ? std::move(*file) : RuleFile();
}

std::string locked(const std::string& name, const std::string& more = "") {
  return R"({"name": ")" + name + R"(", "mode": "act", "when": "offset > 1s", "fleet": "mail",
    "do": [{"restart": ")" +
         name + R"("}], "limits": {"cooldown": "1h", "per_hour": 1})" + more + "}";
}

std::string guard(const std::string& name) {
  return R"({"name": ")" + name + R"(", "mode": "act", "phase": "pre_step",
    "when": "step.pending < -5s", "do": [{"stop": "a"}], "after_step": [{"start": "a"}]})";
}

Facts facts(Nanos offset = 2s) {
  Facts known;
  known.set(Fact::offset, offset);
  known.set(Fact::synchronized, true);
  known.set(Fact::boot_age, Nanos{1h});
  known.fleet["mail"] = {true, ""};
  return known;
}

TEST(EngineSharing, OneOfTwoRulesActsInASlotAndTheOtherPaysNothing) {
  Engine engine(file_of(locked("a") + "," + locked("b")));
  const auto first = engine.evaluate(at(0s), facts());
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].rule, "a");
  EXPECT_NE(engine.views(at(0s))[1].explanation.find("rule 'a' is using the slot of 'mail'"),
            std::string::npos)
      << engine.views(at(0s))[1].explanation;
  engine.on_outcome(outcome_of(first[0], at(1s), Ending::done));
  const auto second = engine.evaluate(at(2s), facts());
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].rule, "b");
}

TEST(EngineSharing, AnUndoingWaitsForNoSlot) {
  Engine engine(file_of(locked("a", R"(, "on_clear": [{"start": "a"}])") + "," +
                        R"({"name": "b", "mode": "act", "when": "offset < 1s", "fleet": "mail",
                            "do": [{"restart": "b"}]})"));
  const auto first = engine.evaluate(at(0s), facts());
  ASSERT_EQ(first.size(), 1U);
  engine.on_outcome(outcome_of(first[0], at(1s), Ending::done));
  const auto both = engine.evaluate(at(2s), facts(0s));
  ASSERT_EQ(both.size(), 2U);
  EXPECT_TRUE(both[0].clears);
  EXPECT_EQ(both[1].rule, "b");
}

TEST(EngineSharing, TwoGuardsOfOneTargetLetAStepPass) {
  Engine engine(file_of(guard("one") + "," + guard("two")));
  Facts known = facts();
  known.set(Fact::step_pending, Nanos{-60s});
  const StepPlan plan = engine.announce_step(at(0s), known, -60s);
  EXPECT_EQ(plan.refused, "");
  EXPECT_EQ(plan.hooks.size(), 2U);
}

TEST(EngineSharing, OtherNodesAreAskedForStormsAndForHealthyOnes) {
  EXPECT_FALSE(asks_for_other_nodes(file_of("")));
  const auto with = [](const std::string& more) {
    return parse_rule_file(R"({"schema": "slewd.rules/1", "rules": [], )" + more + "}", "t.json")
        .value();
  };
  EXPECT_TRUE(asks_for_other_nodes(with(R"("global": {"storm_share": 0.5})")));
  EXPECT_TRUE(asks_for_other_nodes(
      with(R"("fleet": {"mail": {"slots": 1, "interval": "10m", "min_healthy": 0.67}})")));
}

}  // namespace
}  // namespace slewd::rules
