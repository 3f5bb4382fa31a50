// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/ctl_step.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slewd::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CtlStep : public testing::Test {
 protected:
  Result<StepEnd> run(const StepArguments& arguments) {
    return run_step(arguments, {[this](const std::string& body) -> Result<std::string> {
                                  bodies.push_back(body);
                                  return answer;
                                },
                                [this]() -> Result<std::string> { return actions; },
                                [this] { return --looks >= 0; },
                                [this](const std::string& text) { said.push_back(text); }});
  }
  std::string answer = R"({"schema": 1, "size_seconds": -60.5, "hooks": [
    {"rule": "dovecot-guarded-step", "dry_run": false, "evidence": "step.pending = -60.5s",
     "before": ["stop dovecot"], "after": ["start dovecot"]}]})";
  std::string actions = R"({"actions": []})";
  int looks = 3;
  std::vector<std::string> bodies;
  std::vector<std::string> said;
};

TEST_F(CtlStep, ShowsThePlanAndDoesNothing) {
  const auto end = run({});
  ASSERT_TRUE(end) << end.error().describe();
  EXPECT_TRUE(end->good);
  EXPECT_THAT(bodies, ElementsAre(R"({"dry":true})"));
  EXPECT_THAT(end->text, HasSubstr("Step: 60.5 s backward."));
  EXPECT_THAT(end->text, HasSubstr("before: stop dovecot"));
  EXPECT_THAT(end->text, HasSubstr("only the plan"));
}

TEST_F(CtlStep, ShowsARefusalAndFails) {
  answer = R"({"schema": 1, "refused": "the sources have not settled", "hooks": []})";
  const auto end = run({});
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->good);
  EXPECT_THAT(end->text, HasSubstr("refused: the sources have not settled"));
}

TEST_F(CtlStep, WaitsForTheEndOfItsOwnStep) {
  answer = R"({"schema": 1, "id": 41, "size_seconds": -60, "hooks": []})";
  actions = R"({"actions": [{"intent": 40, "ending": "failed", "detail": "another"},
                            {"intent": 41, "ending": "verified", "detail": "the clock was set"}]})";
  const auto end = run({.yes = true, .json = false, .reason = "maintenance"});
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->good);
  EXPECT_THAT(bodies, ElementsAre(R"({"dry":false,"reason":"maintenance"})"));
  EXPECT_EQ(end->text, "verified: the clock was set\n");
  EXPECT_THAT(said, ElementsAre("planned step 41 started"));
}

TEST_F(CtlStep, GivesUpWaitingAndTakesAnUnreadableAnswerForAnError) {
  answer = R"({"schema": 1, "id": 41, "hooks": []})";
  EXPECT_FALSE(run({.yes = true, .json = false, .reason = "x"})->good);
  answer = "not json";
  EXPECT_FALSE(run({}));
}

}  // namespace
}  // namespace slewd::app
