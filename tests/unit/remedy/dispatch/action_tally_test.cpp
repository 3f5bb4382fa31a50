// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/dispatch/action_tally.hpp"

#include <gtest/gtest.h>

#include "tests/unit/remedy/step/step_fakes.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::ActionCounters;
using rules::Ending;
using rules::Verb;

rules::Rule drain() {
  rules::Rule rule;
  rule.name = "drain";
  rule.links = {service_link(Verb::stop, "dovecot")};
  rule.on_clear = {service_link(Verb::start, "dovecot")};
  return rule;
}

TEST(ActionTallyTest, WhatTakesBackIsShownFromZeroAndOutlivesAReload) {
  ActionTally tally;
  tally.configure({drain()});
  ASSERT_EQ(tally.of("drain").size(), 2U);
  EXPECT_EQ(tally.of("drain")[0].attempts, 0U);
  tally.begin("drain", "start dovecot");
  EXPECT_TRUE(tally.of("drain")[0].in_progress);
  tally.end("drain", "start dovecot", Ending::done, MonoTime{3s}, WallTime{77s});
  tally.configure({drain()});
  const ActionCounters counted = tally.of("drain")[0];
  EXPECT_EQ(counted.action, "start dovecot");
  EXPECT_EQ(counted.attempts, 1U);
  EXPECT_EQ(counted.failures, 0U);
  EXPECT_FALSE(counted.in_progress);
  EXPECT_EQ(counted.last_success, MonoTime{3s});
  EXPECT_EQ(counted.last_success_wall, WallTime{77s});
}

TEST(ActionTallyTest, TheActionsOfARuleThatIsGoneAreDroppedOnceTheyHaveEnded) {
  ActionTally tally;
  tally.configure({drain()});
  tally.begin("drain", "stop dovecot");
  tally.configure({});
  EXPECT_EQ(tally.of("drain").size(), 1U);
  tally.end("drain", "stop dovecot", Ending::failed, MonoTime{}, WallTime{});
  EXPECT_EQ(tally.of("drain")[0].failures, 1U);
  tally.configure({});
  EXPECT_TRUE(tally.of("drain").empty());
}

class StepTally : public testing::Test, protected StepWorld {};

TEST_F(StepTally, TheHooksOfAPlannedStepCountAsTheirRulesActions) {
  guard("dovecot");
  ask();
  finish();
  const auto counted = tally.of("dovecot-guarded-step");
  ASSERT_EQ(counted.size(), 2U);
  EXPECT_EQ(counted[0].action, "start dovecot");
  EXPECT_EQ(counted[1].action, "stop dovecot");
  for (const ActionCounters& action : counted) {
    EXPECT_EQ(action.attempts, 1U) << action.action;
    EXPECT_EQ(action.failures, 0U) << action.action;
    EXPECT_FALSE(action.in_progress) << action.action;
    EXPECT_TRUE(action.last_success) << action.action;
  }
}

TEST_F(StepTally, AHookThatIsCutOffByItsDeadlineHasFailed) {
  guard("dovecot");
  services.choose = [](const std::string& action) {
    return Manner{.reports = action != "stop dovecot"};
  };
  ask();
  finish();
  const auto counted = tally.of("dovecot-guarded-step");
  ASSERT_EQ(counted.size(), 2U);
  EXPECT_EQ(counted[1].action, "stop dovecot");
  EXPECT_EQ(counted[1].failures, 1U);
  EXPECT_FALSE(counted[1].in_progress);
}

}  // namespace
}  // namespace slewd::remedy
