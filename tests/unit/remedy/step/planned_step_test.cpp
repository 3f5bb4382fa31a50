// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/planned_step.hpp"

#include <gtest/gtest.h>

#include "tests/unit/remedy/step/step_fakes.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;
using rules::OnFail;
using rules::Verb;

const std::string kStepRule(kPlannedStepRule);

class PlannedStepTest : public testing::Test, protected StepWorld {};

TEST_F(PlannedStepTest, StopsWhatIsActiveStepsAndStartsItAgain) {
  guard("dovecot");
  clock.on_step = [this] { EXPECT_FALSE(services.up.at("dovecot")) << "stepped while it ran"; };
  const auto answer = ask();
  EXPECT_EQ(answer.refused, "");
  EXPECT_NE(answer.id, 0U);
  EXPECT_TRUE(step->under_way());
  EXPECT_TRUE(services.begun.empty()) << "begun from within ask()";
  finish();
  EXPECT_EQ(services.begun, (std::vector<std::string>{"stop dovecot", "start dovecot"}));
  EXPECT_EQ(clock.asked, (std::vector<Nanos>{-60s}));
  EXPECT_TRUE(services.up.at("dovecot"));
  EXPECT_EQ(left_stopped(), 0U);
  EXPECT_EQ(fallback_timer.armed, 1);
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::verified) << outcome_of(kStepRule).detail;
  EXPECT_EQ(outcome_of(kStepRule).intent, answer.id);
  EXPECT_NE(outcome_of(kStepRule).detail.find("services were stopped for"), std::string::npos);
  EXPECT_EQ(outcome_of("dovecot-guarded-step").ending, Ending::done);
  EXPECT_TRUE(errors.empty());
}

TEST_F(PlannedStepTest, OwesTheStartAndArmsTheDeadManBeforeTheFirstStop) {
  guard("dovecot");
  int looked = 0;
  services.choose = [&](const std::string& action) {
    if (action == "stop dovecot") {
      ++looked;
      EXPECT_EQ(fallback_timer.armed, 1);
      const auto list = undo_log->read();
      EXPECT_EQ(list->actions.size(), 1U);
      if (list->actions.size() == 1) {
        EXPECT_EQ(list->actions[0].unit, "dovecot.service");
        EXPECT_EQ(list->actions[0].verb, "start");
        EXPECT_EQ(list->actions[0].due, reactor.boot() + 90s);
      }
      EXPECT_EQ(step->view().stage, rules::StepStage::before);
      EXPECT_EQ(step->view().pending_undos.size(), 1U);
    }
    return Manner{};
  };
  ask();
  finish();
  EXPECT_EQ(looked, 1);
}

TEST_F(PlannedStepTest, StartsOnlyWhatWasActive) {
  guard("dovecot");
  guard("varnish");
  services.up["varnish"] = false;
  ask();
  finish();
  EXPECT_EQ(services.begun, (std::vector<std::string>{"stop dovecot", "start dovecot"}));
  EXPECT_FALSE(services.up.at("varnish"));
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::verified);
}

TEST_F(PlannedStepTest, TouchesNothingWhileItIsNotKnownWhatIsActive) {
  guard("dovecot");
  states_unknown = true;
  ask();
  finish();
  EXPECT_TRUE(services.begun.empty());
  EXPECT_TRUE(clock.asked.empty());
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::refused);
  EXPECT_NE(outcome_of(kStepRule).detail.find("unknown whether"), std::string::npos);
}

TEST_F(PlannedStepTest, FallsBackToSlewingWithoutADeadMan) {
  guard("dovecot");
  fallback_timer.works = false;
  ask();
  finish();
  EXPECT_TRUE(services.begun.empty()) << "nothing was stopped, so nothing is started";
  EXPECT_TRUE(clock.asked.empty());
  EXPECT_EQ(left_stopped(), 0U);
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::failed);
  EXPECT_NE(outcome_of(kStepRule).detail.find("no systemd"), std::string::npos);
}

TEST_F(PlannedStepTest, FallsBackToSlewingWhenWhatIsOwedCannotBeWritten) {
  guard("dovecot");
  std::filesystem::create_directory(folder.file("pending-undos"));
  start();
  step->ask("x", false);
  finish();
  EXPECT_TRUE(services.begun.empty());
  EXPECT_TRUE(clock.asked.empty());
}

TEST_F(PlannedStepTest, RollsBackWhenAHookFails) {
  guard("dovecot");
  guard("varnish");
  services.choose = [](const std::string& action) {
    return action == "stop varnish" ? Manner{true, true, Ending::failed} : Manner{};
  };
  ask();
  finish();
  EXPECT_TRUE(clock.asked.empty());
  EXPECT_TRUE(services.up.at("dovecot"));
  EXPECT_TRUE(services.up.at("varnish")) << "the stop failed and stopped it all the same";
  EXPECT_EQ(services.begun, (std::vector<std::string>{"stop dovecot", "stop varnish",
                                                      "start varnish", "start dovecot"}));
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::failed);
  EXPECT_NE(outcome_of(kStepRule).detail.find("slewed instead"), std::string::npos);
  EXPECT_EQ(outcome_of("varnish-guarded-step").ending, Ending::failed);
  EXPECT_EQ(left_stopped(), 0U);
}

TEST_F(PlannedStepTest, GoesOnAfterAFailedHookThatSaysSo) {
  guard("dovecot");
  plan.hooks[0].before[0].on_fail = OnFail::next;
  services.choose = [](const std::string& action) {
    return action == "stop dovecot" ? Manner{false, true, Ending::failed} : Manner{};
  };
  ask();
  finish();
  EXPECT_EQ(clock.asked.size(), 1U);
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::verified);
  EXPECT_EQ(outcome_of("dovecot-guarded-step").ending, Ending::failed);
}

TEST_F(PlannedStepTest, TheDeadlineOfTheHooksFallsBackToSlewing) {
  guard("dovecot");
  plan.hooks[0].deadline.hooks = 3s;
  services.choose = [](const std::string& action) {
    return action == "stop dovecot" ? Manner{true, false, Ending::done} : Manner{};
  };
  ask();
  reactor.advance(2900ms);
  EXPECT_TRUE(step->under_way());
  EXPECT_FALSE(services.up.at("dovecot"));
  reactor.advance(200ms);
  finish();
  EXPECT_TRUE(services.up.at("dovecot"));
  EXPECT_TRUE(clock.asked.empty());
  EXPECT_TRUE(services.pending.empty()) << "what hung was ended";
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::timed_out);
}

TEST_F(PlannedStepTest, TheDeadlineOfTheHooksStepsWhereTheRuleWantsIt) {
  guard("dovecot");
  plan.hooks[0].deadline = {3s, rules::StepExpiry::step};
  services.choose = [](const std::string& action) {
    return action == "stop dovecot" ? Manner{true, false, Ending::done} : Manner{};
  };
  ask();
  finish();
  EXPECT_EQ(clock.asked.size(), 1U);
  EXPECT_TRUE(services.up.at("dovecot"));
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::verified);
  EXPECT_EQ(outcome_of("dovecot-guarded-step").ending, Ending::timed_out);
}

TEST_F(PlannedStepTest, IsNotMadeOnceTheDeadManMayHaveStartedWhatIsStopped) {
  guard("dovecot");
  guard("varnish");
  plan.hooks[0].before[0].fallback_timer = 10s;
  plan.hooks[0].deadline = {60s, rules::StepExpiry::step};
  plan.hooks[1].deadline = {60s, rules::StepExpiry::step};
  plan.hooks[1].before[0].timeout = 60s;
  services.choose = [](const std::string& action) {
    return action == "stop varnish" ? Manner{true, false, Ending::done} : Manner{};
  };
  ask();
  reactor.advance(6900ms);
  EXPECT_TRUE(step->under_way());
  reactor.advance(200ms);
  finish();
  EXPECT_TRUE(clock.asked.empty());
  EXPECT_TRUE(services.up.at("dovecot"));
  EXPECT_TRUE(services.up.at("varnish"));
}

TEST_F(PlannedStepTest, ARefusalOfTheCoreStartsEverythingAgain) {
  guard("dovecot");
  clock.error = "the newest sample is off";
  ask();
  finish();
  EXPECT_TRUE(services.up.at("dovecot"));
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::refused);
  EXPECT_NE(outcome_of(kStepRule).detail.find("the newest sample is off"), std::string::npos);
}

TEST_F(PlannedStepTest, ASilentCoreIsNotWaitedForAndMakesNoStepLater) {
  guard("dovecot");
  clock.silent = true;
  ask();
  const MonoTime begun = reactor.now();
  finish();
  EXPECT_TRUE(services.up.at("dovecot"));
  EXPECT_LT(clock.last_not_after - begun, 2s) << "the services are down no longer than that";
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::timed_out);
}

TEST_F(PlannedStepTest, SaysWhenTheClockIsNotWhereItShouldBe) {
  guard("dovecot");
  clock.left = -5s;
  ask();
  finish();
  EXPECT_TRUE(services.up.at("dovecot"));
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::failed);
}

TEST_F(PlannedStepTest, TellsOnlyOfAChainThatHasFailed) {
  guard("dovecot");
  plan.hooks[0].after[0].verify = rules::Verify{"dovecot.login", 2, 250ms, 5s};
  plan.hooks[0].after.emplace_back();
  plan.hooks[0].after[1].action = rules::NotifyAction{"dovecot did not come back"};
  ask();
  finish();
  EXPECT_TRUE(others.begun.empty());
  EXPECT_EQ(outcome_of("dovecot-guarded-step").ending, Ending::verified);
  outcomes.clear();
  probes.state = rules::ProbeState::failed;
  ask();
  finish();
  EXPECT_EQ(others.begun.size(), 1U);
  EXPECT_EQ(outcome_of("dovecot-guarded-step").ending, Ending::failed);
  EXPECT_EQ(left_stopped(), 0U) << "it was started; that it does not serve is reported";
}

TEST_F(PlannedStepTest, PaysWhatNoLinkAfterTheStepPays) {
  guard("dovecot");
  plan.hooks[0].after.clear();
  ask();
  finish();
  EXPECT_TRUE(services.up.at("dovecot"));
  EXPECT_EQ(services.begun.back(), "run /usr/bin/systemctl start -- dovecot.service");
}

TEST_F(PlannedStepTest, UndoesAProgramByTheProgramThatItNames) {
  rules::StepHooks hooks;
  hooks.rule = "varnish-guarded-step";
  hooks.dry_run = false;
  rules::Link raise;
  raise.action =
      rules::RunAction{{"/usr/bin/varnishadm", "param.set", "clock_step", "3600"}, {}, {}};
  raise.undo = rules::RunAction{{"/usr/bin/varnishadm", "param.reset", "clock_step"}, {}, {}};
  hooks.before = {raise};
  plan.hooks = {hooks};
  ask();
  finish();
  EXPECT_EQ(others.begun,
            (std::vector<std::string>{"run /usr/bin/varnishadm param.set clock_step 3600"}));
  EXPECT_EQ(services.begun,
            (std::vector<std::string>{"run /usr/bin/varnishadm param.reset clock_step"}));
  EXPECT_EQ(fallback_timer.armed, 1);
  EXPECT_EQ(left_stopped(), 0U);
}

TEST_F(PlannedStepTest, KeepsAndRepeatsWhatCannotBePaidAndSaysSo) {
  guard("dovecot");
  bool broken = true;
  services.choose = [&](const std::string& action) {
    const bool starts = action.find("start") != std::string::npos;
    return starts && broken ? Manner{false, true, Ending::failed} : Manner{};
  };
  ask();
  finish();
  EXPECT_FALSE(services.up.at("dovecot"));
  EXPECT_EQ(left_stopped(), 1U);
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::failed);
  EXPECT_NE(outcome_of(kStepRule).detail.find("still stopped: start dovecot"), std::string::npos);
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(step->view().pending_undos.size(), 1U);
  EXPECT_NE(ask().refused.find("services of an earlier step are still stopped"), std::string::npos);
  broken = false;
  reactor.advance(25s);
  EXPECT_TRUE(services.up.at("dovecot"));
  EXPECT_EQ(left_stopped(), 0U);
  EXPECT_TRUE(step->view().pending_undos.empty());
  EXPECT_EQ(ask().refused, "");
}

TEST_F(PlannedStepTest, TheNextStartPaysWhatAStepLeftAndDoesNotRepeatIt) {
  guard("dovecot");
  services.choose = [](const std::string& action) {
    return action == "stop dovecot" ? Manner{true, false, Ending::done} : Manner{};
  };
  ask();
  reactor.advance(1s);
  EXPECT_FALSE(services.up.at("dovecot"));
  start();
  step->recover();
  reactor.settle();
  EXPECT_TRUE(services.up.at("dovecot"));
  EXPECT_EQ(left_stopped(), 0U);
  EXPECT_TRUE(clock.asked.empty());
  EXPECT_FALSE(errors.empty());
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::done);
  EXPECT_EQ(outcome_of(kStepRule).action, "run pending undos");
}

TEST_F(PlannedStepTest, ShadowedHooksAreShownAndNotDone) {
  guard("dovecot");
  plan.hooks[0].dry_run = true;
  ask();
  finish();
  EXPECT_TRUE(services.begun.empty());
  EXPECT_EQ(clock.asked.size(), 1U) << "a step without hooks";
  EXPECT_EQ(fallback_timer.armed, 0);
  EXPECT_EQ(outcome_of("dovecot-guarded-step").ending, Ending::would_do);
}

TEST_F(PlannedStepTest, AVetoIsRecordedAndNothingIsDone) {
  guard("dovecot");
  plan.refused = "rule redis-forward-veto: redis is active";
  const auto answer = ask();
  EXPECT_EQ(answer.refused, plan.refused);
  EXPECT_EQ(answer.id, 0U);
  reactor.settle();
  EXPECT_EQ(outcome_of(kStepRule).ending, Ending::refused);
  EXPECT_EQ(outcomes.size(), 1U) << "the guards were only asked";
  EXPECT_EQ(step->view().endings[static_cast<std::size_t>(Ending::refused)], 1U);
  EXPECT_TRUE(services.begun.empty());
}

TEST_F(PlannedStepTest, RefusesASecondStepABusyTargetAndWhatTheCoreRefuses) {
  guard("dovecot");
  busy = true;
  EXPECT_NE(ask().refused.find("another action is in progress"), std::string::npos);
  busy = false;
  clock.refused = "the sources have not settled";
  EXPECT_EQ(ask().refused, clock.refused);
  clock.refused.clear();
  EXPECT_EQ(ask().refused, "");
  EXPECT_NE(ask().refused.find("a planned step is under way"), std::string::npos);
  finish();
  EXPECT_EQ(clock.asked.size(), 1U);
}

TEST_F(PlannedStepTest, APreviewShowsThePlanAndChangesNothing) {
  guard("dovecot");
  const auto answer = ask(true);
  EXPECT_EQ(answer.id, 0U);
  EXPECT_EQ(answer.size, Nanos(-60s));
  ASSERT_EQ(answer.hooks.size(), 1U);
  EXPECT_EQ(answer.hooks[0].before, (std::vector<std::string>{"stop dovecot"}));
  EXPECT_EQ(answer.hooks[0].after, (std::vector<std::string>{"start dovecot"}));
  EXPECT_FALSE(step->under_way());
  reactor.settle();
  EXPECT_TRUE(outcomes.empty());
  EXPECT_EQ(ledger.next_id(), 1U);
}

TEST_F(PlannedStepTest, TellsTheOneWhoAsked) {
  std::vector<Ending> told;
  step->ask("a rule", false,
            [&](const rules::Outcome& outcome) { told.push_back(outcome.ending); });
  EXPECT_TRUE(told.empty());
  finish();
  EXPECT_EQ(told, (std::vector<Ending>{Ending::verified}));
}

}  // namespace
}  // namespace slewd::remedy
