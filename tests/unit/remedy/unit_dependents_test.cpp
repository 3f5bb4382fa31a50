#include "agent/remedy/unit_dependents.hpp"

#include <optional>

#include <gtest/gtest.h>

#include "agent/remedy/unit_bus.hpp"

#include "tests/unit/remedy/fake_systemd.hpp"

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
            "systemd would stop shop.service as well, and not start it again with db.service: stop "
            "and start it by links of its own around this one");
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

TEST(StrandedByStop, NamesEachOnceAndNoneOfItsOwn) {
  UnitProperties unit;
  unit.names = {"db.service", "alias.service"};
  unit.stops_with_it = {"shop.service", "alias.service", "shop.service", "worker.service"};
  unit.starts_with_it = {"worker.service"};
  EXPECT_EQ(stranded_by_stop(unit), std::vector<std::string>{"shop.service"});
}

}  // namespace
}  // namespace slewd::remedy
