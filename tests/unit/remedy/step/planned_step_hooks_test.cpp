// SPDX-License-Identifier: Apache-2.0
// What the hooks of one planned step do to each other, and to what is known of their services.
#include <gtest/gtest.h>

#include "tests/unit/remedy/step/step_fakes.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;
using rules::OnFail;
using rules::Verb;

class PlannedStepHooks : public testing::Test, protected StepWorld {};

TEST_F(PlannedStepHooks, WhatWasActiveIsAskedBeforeTheHooksMakeItUnknown) {
  guard("dovecot");
  guard("dovecot");
  plan.hooks[1].rule = "another";
  plan.hooks[0].after.push_back(service_link(Verb::reload, "dovecot", OnFail::next));
  services.choose = [this](const std::string&) {
    states_unknown = true;  // as a probe is right after an action on its service
    return Manner{};
  };
  ask();
  finish();
  EXPECT_EQ(services.begun,
            (std::vector<std::string>{"stop dovecot", "start dovecot", "reload dovecot"}));
  EXPECT_TRUE(services.up.at("dovecot"));
  EXPECT_EQ(outcome_of(std::string(kPlannedStepRule)).ending, Ending::verified);
  EXPECT_NE(outcome_of("another").detail.find("dovecot is stopped already"), std::string::npos);
}

TEST_F(PlannedStepHooks, AStopThatFailedIsTriedByTheNextRuleToo) {
  guard("dovecot");
  guard("dovecot");
  plan.hooks[0].before[0].on_fail = OnFail::next;
  int stops = 0;
  services.choose = [&](const std::string& action) {
    const bool first = action == "stop dovecot" && ++stops == 1;
    return first ? Manner{false, true, Ending::failed} : Manner{};
  };
  clock.on_step = [this] { EXPECT_FALSE(services.up.at("dovecot")) << "stepped while it ran"; };
  ask();
  finish();
  EXPECT_EQ(stops, 2);
  EXPECT_TRUE(services.up.at("dovecot"));
}

TEST_F(PlannedStepHooks, WhatAProbeFoundWhileItsServiceWasDownIsNoEvidenceAfterwards) {
  guard("dovecot");
  probes.state = rules::ProbeState::failed;
  for (const bool by_rule : {true, false}) {
    if (!by_rule) plan.hooks[0].after.clear();  // the pending undo runs instead
    reactor.advance(10s);
    const MonoTime asked = reactor.now();
    ASSERT_LT(scheduler.views().at(0).since, asked);
    ask();
    finish();
    EXPECT_TRUE(services.up.at("dovecot"));
    EXPECT_GE(scheduler.views().at(0).since, asked) << by_rule;
  }
}

}  // namespace
}  // namespace slewd::remedy
