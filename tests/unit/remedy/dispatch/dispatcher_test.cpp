// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/dispatch/dispatcher.hpp"

#include <cstdio>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/remedy/fakes.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;
using rules::Intent;
using rules::Link;
using rules::OnFail;
using rules::Outcome;
using rules::ProbeState;
using rules::ServiceAction;
using rules::Verb;
using rules::Verify;

const Verify kLogin{"dovecot.login", 2, 250ms, 5s};

class Dispatch : public testing::Test {
 protected:
  Dispatch() {
    rules::Target dovecot;
    dovecot.name = "dovecot";
    dovecot.unit = "dovecot.service";
    rules::ProbeSpec login;
    login.name = "dovecot.login";
    dovecot.probes.push_back(login);
    rules::Rule rule;
    rule.name = "hang";
    rule.links = {act(Verb::reload), act(Verb::restart)};
    scheduler.configure({login});
    dispatcher.configure({dovecot}, {rule});
    fakes.by_itself = true;
    reactor.advance(100ms);
  }
  Intent intent(std::vector<Link> links, bool dry_run = false) {
    Intent decided;
    decided.rule = "hang";
    decided.links = std::move(links);
    decided.dry_run = dry_run;
    decided.decided = reactor.now();
    return decided;
  }
  // The only outcome so far.
  Outcome only() {
    EXPECT_EQ(outcomes.size(), 1U);
    return outcomes.empty() ? Outcome{} : outcomes.front();
  }

  TestReactor reactor;
  FakeProbes fakes{reactor};
  ProbeScheduler scheduler{reactor, fakes.maker(), nullptr};
  records::Ledger ledger = records::Ledger::in_memory();
  FakeActuator services;
  FakeActuator others;
  std::vector<Outcome> outcomes;
  Dispatcher dispatcher{reactor, ledger,
                        Actuators{services, others, others, others, others, others, others},
                        scheduler, [this](const Outcome& outcome) { outcomes.push_back(outcome); }};
};

TEST_F(Dispatch, ReportsDoneWithoutAVerificationNeverVerified) {
  EXPECT_EQ(dispatcher.begin(intent({act(Verb::reload)})), 1U);
  EXPECT_TRUE(outcomes.empty()) << "reported from within begin()";
  reactor.settle();
  EXPECT_EQ(only().ending, Ending::done);
  EXPECT_EQ(only().action, "reload dovecot");
  EXPECT_EQ(only().detail, "exit status 0");
  EXPECT_EQ(services.last_timeout, 10s);
  EXPECT_EQ(dispatcher.in_flight(), 0U);
}

TEST_F(Dispatch, VerifiesBySuccessesInARow) {
  dispatcher.begin(intent({act(Verb::reload, kLogin)}));
  reactor.advance(259ms);
  EXPECT_TRUE(outcomes.empty()) << "one success is no proof";
  reactor.advance(1ms);
  EXPECT_EQ(only().ending, Ending::verified);
  EXPECT_EQ(only().detail, "exit status 0; dovecot.login passed 2 times in a row (fine)");
  EXPECT_EQ(only().took, 260ms);
}

TEST_F(Dispatch, AFailureBreaksTheRow) {
  fakes.by_itself = false;
  dispatcher.begin(intent({act(Verb::reload, kLogin)}));
  for (const ProbeState state : {ProbeState::ok, ProbeState::failed, ProbeState::ok}) {
    reactor.settle();
    fakes.end("dovecot.login", state);
    reactor.advance(250ms);
    EXPECT_TRUE(outcomes.empty());
  }
  fakes.end("dovecot.login", ProbeState::ok);
  reactor.settle();
  EXPECT_EQ(only().ending, Ending::verified);
}

TEST_F(Dispatch, AnUnknownResultIsNoProof) {
  fakes.state = ProbeState::unknown;
  dispatcher.begin(intent({act(Verb::reload, kLogin)}));
  reactor.advance(5s);
  EXPECT_EQ(only().ending, Ending::failed);
}

TEST_F(Dispatch, GoesToTheNextLinkWhenTheProofDoesNotCome) {
  fakes.state = ProbeState::failed;
  dispatcher.begin(intent({act(Verb::reload, kLogin), act(Verb::restart, kLogin)}));
  reactor.advance(4999ms);
  EXPECT_EQ(services.begun, (std::vector<std::string>{"reload dovecot"}));
  fakes.state = ProbeState::ok;
  reactor.advance(1ms);
  EXPECT_EQ(services.begun.back(), "restart dovecot");
  reactor.advance(1s);
  EXPECT_EQ(only().ending, Ending::verified);
  EXPECT_EQ(only().action, "restart dovecot");
  EXPECT_EQ(only().detail,
            "reload dovecot: exit status 0, but dovecot.login did not pass 2 times in a row "
            "within 5s; last: broken; then restart dovecot: exit status 0; dovecot.login passed "
            "2 times in a row (fine)");
}

TEST_F(Dispatch, KeepsWhatProgramsPrintedApart) {
  services.detail = "exit status 0: uid=0(root)";
  services.outline = "exit status 0";
  dispatcher.begin(intent({act(Verb::reload, kLogin)}));
  reactor.advance(260ms);
  EXPECT_EQ(only().detail,
            "exit status 0: uid=0(root); dovecot.login passed 2 times in a row (fine)");
  EXPECT_EQ(only().outline, "exit status 0; dovecot.login passed 2 times in a row (fine)");
}

TEST_F(Dispatch, StopsWhereTheRuleSaysStop) {
  services.ending = Ending::failed;
  services.detail = "exit status 1";
  dispatcher.begin(intent({act(Verb::reload, std::nullopt, OnFail::stop), act(Verb::restart)}));
  reactor.settle();
  EXPECT_EQ(only().ending, Ending::failed);
  EXPECT_EQ(only().action, "reload dovecot");
  EXPECT_EQ(services.begun.size(), 1U);
}

TEST_F(Dispatch, TellingAPersonDoesNotTurnFailureIntoSuccess) {
  services.ending = Ending::timed_out;
  others.detail = "notified: help";
  Link notify{rules::NotifyAction{"help"}, 1s, std::nullopt, OnFail::stop};
  dispatcher.begin(intent({act(Verb::reload), act(Verb::restart), notify}));
  reactor.settle();
  EXPECT_EQ(others.begun, (std::vector<std::string>{"notify help"}));
  EXPECT_EQ(only().ending, Ending::timed_out);
  EXPECT_EQ(only().action, "restart dovecot");
  outcomes.clear();
  dispatcher.begin(intent({notify}));
  reactor.settle();
  EXPECT_EQ(only().ending, Ending::done) << "a rule that only tells has done its work";
}

TEST_F(Dispatch, AVerificationWithoutItsProbeFails) {
  Verify missing = kLogin;
  missing.probe = "no.such";
  dispatcher.begin(intent({act(Verb::reload, missing)}));
  reactor.settle();
  EXPECT_EQ(only().ending, Ending::failed);
  EXPECT_EQ(only().detail, "exit status 0, but there is no probe no.such");
}

TEST_F(Dispatch, ADryRunDoesNothing) {
  dispatcher.begin(intent({act(Verb::reload), act(Verb::restart)}, true));
  reactor.settle();
  EXPECT_TRUE(services.begun.empty());
  EXPECT_EQ(only().ending, Ending::would_do);
  EXPECT_EQ(only().action, "reload dovecot, else restart dovecot");
  EXPECT_EQ(dispatcher.counters("hang").at(0).attempts, 0U);
}

TEST_F(Dispatch, OneActionAtATimeOnOneTarget) {
  services.at_once = false;
  const Intent second = intent({act(Verb::restart)});
  EXPECT_FALSE(dispatcher.busy_for_step(second));
  dispatcher.begin(intent({act(Verb::reload)}));
  EXPECT_TRUE(dispatcher.busy_for_step(second));
  dispatcher.begin(second);
  reactor.settle();
  EXPECT_EQ(only().ending, Ending::refused);
  EXPECT_EQ(only().detail, "busy: 'reload dovecot' of rule hang (intent 1) is under way");
  services.end(1, Ending::done);
  reactor.settle();
  EXPECT_FALSE(dispatcher.busy_for_step(second));
  EXPECT_EQ(services.begun.size(), 1U);
}

TEST_F(Dispatch, WhoWaitsForTheStepThatItHasAskedForHoldsNothingFromItsHooks) {
  others.at_once = false;
  dispatcher.begin(
      intent({{rules::StepAction{}, 30s, std::nullopt, OnFail::next}, act(Verb::restart)}));
  rules::Rule guard;
  guard.name = "guard";
  guard.phase = rules::RulePhase::pre_step;
  guard.links = {act(Verb::stop)};
  EXPECT_FALSE(dispatcher.busy_for_step(intent(guard.links)));
  EXPECT_EQ(dispatcher.busy_with(guard), "");
  guard.phase = rules::RulePhase::normal;
  EXPECT_NE(dispatcher.busy_with(guard), "");
  services.at_once = false;
  others.end(1, Ending::refused);
  reactor.settle();
  ASSERT_EQ(services.begun.size(), 1U);
  EXPECT_TRUE(dispatcher.busy_for_step(intent(guard.links))) << "now it restarts";
}

TEST_F(Dispatch, DifferentTargetsDoNotWaitForEachOther) {
  services.at_once = others.at_once = false;
  dispatcher.begin(intent({act(Verb::reload)}));
  dispatcher.begin(intent({{rules::RunAction{{"/bin/true"}}, 1s, std::nullopt}}));
  dispatcher.begin(intent({{rules::BurstAction{}, 1s, std::nullopt}}));
  dispatcher.begin(intent({{rules::PollAction{16s, 64s}, 1s, std::nullopt}}));
  reactor.settle();
  EXPECT_EQ(dispatcher.in_flight(), 3U);
  EXPECT_EQ(only().ending, Ending::refused) << "both act on the poll interval";
}

TEST_F(Dispatch, AnActuatorThatNeverReportsDoesNotHoldTheTargetForEver) {
  services.at_once = false;
  dispatcher.begin(intent({act(Verb::reload)}));
  reactor.advance(16s);
  EXPECT_EQ(only().ending, Ending::timed_out);
  EXPECT_EQ(services.abandoned, (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(dispatcher.in_flight(), 0U);
}

TEST_F(Dispatch, APlannedStepTakesAsLongAsItsHooksDo) {
  others.at_once = false;
  dispatcher.begin(intent({{rules::StepAction{}, 30s, std::nullopt, OnFail::next}}));
  reactor.advance(5min);
  EXPECT_TRUE(outcomes.empty());
  others.end(1, Ending::done, "the clock was set");
  reactor.settle();
  EXPECT_EQ(only().ending, Ending::done);
}

TEST_F(Dispatch, ALateReportIsIgnored) {
  services.at_once = false;
  dispatcher.begin(intent({act(Verb::reload), act(Verb::restart)}));
  const Actuator::Done late = services.pending.at(1);
  reactor.advance(16s);
  ASSERT_EQ(services.begun.size(), 2U);
  late({Ending::done, "late"});
  reactor.settle();
  EXPECT_TRUE(outcomes.empty());
  services.end(1, Ending::done, "in time");
  reactor.settle();
  EXPECT_EQ(only().action, "restart dovecot");
}

TEST_F(Dispatch, WhatAProbeFoundBeforeTheActionNoLongerCounts) {
  fakes.state = ProbeState::failed;
  reactor.advance(2s);
  ASSERT_EQ(scheduler.views().at(0).state, ProbeState::failed);
  services.at_once = false;
  dispatcher.begin(intent({act(Verb::restart)}));
  EXPECT_EQ(scheduler.views().at(0).state, ProbeState::failed);
  services.end(1, Ending::done);
  EXPECT_EQ(scheduler.views().at(0).state, ProbeState::unknown);
  EXPECT_EQ(scheduler.views().at(0).detail, "not run since restart dovecot");
}

TEST_F(Dispatch, WhatAProbeFoundBeforeAnUndoNoLongerCounts) {
  Link stop = act(Verb::stop, std::nullopt, OnFail::next);
  stop.undo = rules::ServiceAction{Verb::start, "dovecot"};
  Link run{rules::RunAction{{"/bin/false"}}, 1s, std::nullopt, OnFail::rollback};
  services.ending = others.ending = Ending::failed;
  others.at_once = false;
  fakes.state = ProbeState::failed;
  dispatcher.begin(intent({stop, run}));
  reactor.advance(1s);
  ASSERT_EQ(scheduler.views().at(0).state, ProbeState::failed);
  others.end(1, Ending::failed);
  EXPECT_EQ(services.begun.back(), "start dovecot");
  EXPECT_EQ(scheduler.views().at(0).state, ProbeState::unknown);
}

TEST_F(Dispatch, AnUndoThatNeverReportsIsEndedByForceAndTheNextOneRuns) {
  Link stop = act(Verb::stop, std::nullopt, OnFail::next);
  stop.undo = rules::ServiceAction{Verb::start, "dovecot"};
  Link second = act(Verb::reload, std::nullopt, OnFail::rollback);
  second.undo = rules::ServiceAction{Verb::restart, "dovecot"};
  services.ending = Ending::failed;
  dispatcher.begin(intent({stop, second}));
  reactor.settle();
  outcomes.clear();
  services.at_once = false;
  dispatcher.begin(intent({stop, second}));
  services.end(2, Ending::failed);
  services.end(2, Ending::failed);
  EXPECT_EQ(services.begun.back(), "restart dovecot");
  reactor.advance(16s);
  EXPECT_EQ(services.begun.back(), "start dovecot");
  reactor.advance(16s);
  EXPECT_EQ(services.abandoned, (std::vector<std::uint64_t>{2, 2}));
  EXPECT_EQ(only().ending, Ending::failed);
  EXPECT_THAT(only().detail, testing::HasSubstr("undone, start dovecot: no result (timed out)"));
}

TEST_F(Dispatch, WhileANewPollRangeIsVerifiedOthersMayAskForABurst) {
  fakes.by_itself = false;
  dispatcher.begin(intent({{rules::PollAction{16s, 64s}, 1s, kLogin}}));
  reactor.settle();
  dispatcher.begin(intent({{rules::BurstAction{}, 1s, std::nullopt}}));
  reactor.settle();
  EXPECT_EQ(only().ending, Ending::done);
  EXPECT_EQ(dispatcher.in_flight(), 1U);
}

TEST_F(Dispatch, CountsByRuleAndAction) {
  EXPECT_EQ(dispatcher.counters("hang").size(), 2U) << "shown from zero";
  fakes.state = ProbeState::failed;
  dispatcher.begin(intent({act(Verb::reload, kLogin), act(Verb::restart, kLogin)}));
  EXPECT_TRUE(dispatcher.counters("hang").at(0).in_progress);
  reactor.advance(5s);
  fakes.state = ProbeState::ok;
  reactor.advance(5s);
  const auto counters = dispatcher.counters("hang");
  EXPECT_EQ(counters.at(0).action, "reload dovecot");
  EXPECT_EQ(counters.at(0).attempts, 1U);
  EXPECT_EQ(counters.at(0).failures, 1U);
  EXPECT_FALSE(counters.at(0).in_progress);
  EXPECT_FALSE(counters.at(0).last_success);
  EXPECT_EQ(counters.at(1).verified, 1U);
  EXPECT_EQ(counters.at(1).failures, 0U);
  EXPECT_TRUE(counters.at(1).last_success);
  EXPECT_TRUE(dispatcher.counters("other").empty());
  dispatcher.configure({}, {});
  EXPECT_TRUE(dispatcher.counters("hang").empty());
}

TEST_F(Dispatch, RefusesAnIdThatWasUsedAndAnEmptyIntent) {
  Intent first = intent({act(Verb::reload)});
  first.id = 9;
  dispatcher.begin(first);
  dispatcher.begin(first);
  dispatcher.begin(intent({}));
  reactor.settle();
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(outcomes[1].ending, Ending::refused);
  EXPECT_EQ(outcomes[1].detail, "intent 9 has been decided before; the next is 10");
  EXPECT_EQ(services.begun.size(), 1U);
  EXPECT_EQ(outcomes[2].ending, Ending::refused);
}

TEST_F(Dispatch, KeepsABoundedRingOfOutcomes) {
  for (std::size_t i = 0; i < limits::kActionRing + 5; ++i)
    dispatcher.begin(intent({act(Verb::reload)}));
  EXPECT_EQ(dispatcher.recent().size(), limits::kActionRing);
  EXPECT_EQ(dispatcher.recent().back().intent, limits::kActionRing + 5);
}

TEST_F(Dispatch, AStepOfTheWallClockChangesNothing) {
  dispatcher.begin(intent({act(Verb::reload, kLogin)}));
  reactor.step_wall_clock(-24h);
  reactor.advance(260ms);
  EXPECT_EQ(only().ending, Ending::verified);
  EXPECT_EQ(only().took, 260ms);
}

TEST_F(Dispatch, DoesNothingWithoutADurableRecord) {
  records::Ledger broken = records::Ledger::open("/nonexistent/slewd/ledger", "boot");
  Dispatcher careful(reactor, broken,
                     Actuators{services, others, others, others, others, others, others}, scheduler,
                     [this](const Outcome& outcome) { outcomes.push_back(outcome); });
  careful.begin(intent({act(Verb::restart)}));
  careful.begin(intent({act(Verb::restart)}, true));
  reactor.settle();
  EXPECT_TRUE(services.begun.empty());
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[0].ending, Ending::refused);
  EXPECT_NE(outcomes[0].detail.find("no action runs without a record"), std::string::npos)
      << outcomes[0].detail;
  EXPECT_EQ(outcomes[1].ending, Ending::would_do);
}

TEST_F(Dispatch, AnInterruptedActionIsReportedOnceAndNotRepeated) {
  const TemporaryFolder folder;
  const std::string path = folder.file("ledger");
  const auto start = [&](records::Ledger& file) {
    return std::make_unique<Dispatcher>(
        reactor, file, Actuators{services, others, others, others, others, others, others},
        scheduler, [this](const Outcome& outcome) { outcomes.push_back(outcome); });
  };
  services.at_once = false;
  {
    records::Ledger file = records::Ledger::open(path, "boot");
    const auto killed = start(file);
    killed->begin(intent({act(Verb::restart)}));
    Intent again = intent({act(Verb::restart)});
    again.id = 1;
    killed->begin(again);  // its refusal must not pass for the end of what is under way
  }
  const Actuator::Done late = services.pending.at(1);
  late({Ending::done, ""});  // the dispatcher that waited for this is gone
  {
    records::Ledger file = records::Ledger::open(path, "boot");
    const auto next = start(file);
    reactor.settle();
    EXPECT_EQ(only().ending, Ending::unknown);
    EXPECT_EQ(only().intent, 1U);
    EXPECT_EQ(only().action, "restart dovecot, 10s");
    EXPECT_EQ(next->begin(intent({act(Verb::restart)}, true)), 2U);
  }
  outcomes.clear();
  records::Ledger file = records::Ledger::open(path, "boot");
  const auto last = start(file);
  reactor.settle();
  EXPECT_TRUE(outcomes.empty());
  EXPECT_EQ(services.begun.size(), 1U);
  (void)std::remove(path.c_str());
}

TEST_F(Dispatch, ARollbackUndoesTheLinksFromTheLastToTheFirst) {
  Link stop = act(Verb::stop);
  stop.on_fail = OnFail::next;
  stop.undo = rules::ServiceAction{Verb::start, "dovecot"};
  Link second = act(Verb::restart);
  second.undo = rules::ServiceAction{Verb::reload, "dovecot"};
  second.on_fail = OnFail::rollback;
  services.ending = Ending::failed;
  dispatcher.begin(intent({stop, second}));
  reactor.settle();
  EXPECT_EQ(services.begun, (std::vector<std::string>{"stop dovecot", "restart dovecot",
                                                      "reload dovecot", "start dovecot"}));
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].ending, Ending::failed);
  EXPECT_EQ(outcomes[0].action, "restart dovecot");
  EXPECT_THAT(outcomes[0].detail, testing::HasSubstr("undone, start dovecot"));
}

}  // namespace
}  // namespace slewd::remedy
