// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/units/unit_dependents.hpp"

#include <optional>

#include <gtest/gtest.h>

#include "agent/remedy/units/unit_bus.hpp"

#include "tests/unit/remedy/units/fake_systemd.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;
using rules::Verb;

class UnitDependents : public testing::Test {
 protected:
  UnitDependents() {
    systemd.units["db.service"] = {.required_by = {"shop.service"}};
    systemd.units["shop.service"] = {};
    systemd.auto_result = "done";
  }
  ActResult run(Verb verb) {
    std::optional<ActResult> ended;
    bus.act(1, verb, "db.service", 10s, [&](const ActResult& result) { ended = result; });
    EXPECT_TRUE(reactor.run_until([&] { return ended.has_value(); }));
    return ended.value_or(ActResult{});
  }

  TestReactor reactor;
  FakeSystemd systemd{reactor};
  UnitBus bus{reactor, systemd.opener(), [](const UnitState&) {}, [](const std::string&) {}};
};

TEST_F(UnitDependents, AStopThatWouldLeaveAnotherServiceDownIsRefused) {
  const ActResult result = run(Verb::stop);
  EXPECT_EQ(result.ending, Ending::refused);
  EXPECT_EQ(result.detail,
            "systemd would stop shop.service as well, and not start it again with db.service: add "
            "explicit stop and start links for it");
  EXPECT_EQ(systemd.count("StopUnit db.service replace"), 0);
}

TEST_F(UnitDependents, ARestartBringsThemBackAndIsDone) {
  EXPECT_EQ(run(Verb::restart).ending, Ending::done);
}

TEST_F(UnitDependents, WhoDoesNotRunIsNotHurt) {
  for (const char* state : {"inactive", "failed"}) {
    systemd.units["shop.service"].active_state = state;
    EXPECT_EQ(run(Verb::stop).ending, Ending::done) << state;
  }
  systemd.units["shop.service"].in_memory = false;
  EXPECT_EQ(run(Verb::stop).ending, Ending::done) << "systemd does not even know it";
}

TEST_F(UnitDependents, WhomTheStartBringsBackIsNotStranded) {
  systemd.units["db.service"].wants = {"shop.service"};
  EXPECT_EQ(run(Verb::stop).ending, Ending::done);
}

TEST_F(UnitDependents, WhoStopsWithThemCountsToo) {
  // As Debian's postgresql.service, its clusters, and what requires one of those.
  systemd.units["db.service"] = {.required_by = {"db@main.service"}, .wants = {"db@main.service"}};
  systemd.units["db@main.service"] = {.required_by = {"shop.service"}};
  EXPECT_NE(run(Verb::stop).detail.find("would stop shop.service as well"), std::string::npos);
  systemd.units["db@main.service"].wants = {"shop.service"};
  EXPECT_EQ(run(Verb::stop).ending, Ending::done) << "the start brings both back";
}

TEST_F(UnitDependents, ATargetIsNoServiceButWhoStopsWithItIsHurt) {
  systemd.units["db.service"].required_by = {"multi-user.target"};
  systemd.units["multi-user.target"] = {};
  EXPECT_EQ(run(Verb::stop).ending, Ending::done);
  systemd.units["multi-user.target"].required_by = {"shop.service", "db.service"};
  EXPECT_EQ(run(Verb::stop).ending, Ending::refused);
}

TEST_F(UnitDependents, WhatCannotBeLearntIsNotTakenForHarmless) {
  systemd.unreadable = {"shop.service"};
  const ActResult result = run(Verb::stop);
  EXPECT_EQ(result.ending, Ending::refused);
  EXPECT_EQ(result.detail.find("not executed: unknown whether shop.service"), 0U) << result.detail;
}

}  // namespace
}  // namespace slewd::remedy
