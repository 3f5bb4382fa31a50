// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/units/unit_bus.hpp"

#include <map>
#include <optional>

#include <gtest/gtest.h>

#include "base/limits.hpp"

#include "tests/unit/remedy/units/fake_systemd.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;
using rules::Verb;

class UnitBusTest : public testing::Test {
 protected:
  UnitBusTest() { systemd.units["dovecot.service"] = {}; }

  void act(Verb verb, const std::string& unit, Nanos timeout = 10s) {
    const std::uint64_t id = ++last_id;
    bus.act(id, verb, unit, timeout, [this, id](const ActResult& result) {
      EXPECT_FALSE(results.contains(id)) << "a second report";
      results[id] = result;
    });
    EXPECT_FALSE(results.contains(id)) << "reported from within act()";
  }
  const ActResult& ended() {
    EXPECT_TRUE(reactor.run_until([&] { return results.contains(last_id); }));
    return results[last_id];
  }
  const ActResult& run(Verb verb, const std::string& unit) {
    act(verb, unit);
    return ended();
  }
  void watch(const std::vector<std::string>& units) { ASSERT_TRUE(bus.watch(units)); }
  [[nodiscard]] UnitState state(std::size_t which = 0) const { return bus.states().at(which); }
  [[nodiscard]] bool becomes(const std::string& active) {
    return reactor.run_until([&] { return state().active_state == active; });
  }

  TestReactor reactor;
  FakeSystemd systemd{reactor};
  std::vector<UnitState> changes;
  UnitBus bus{reactor, systemd.opener(),
              [this](const UnitState& changed) { changes.push_back(changed); },
              [this](const std::string& why) { absent.push_back(why); }};
  std::vector<std::string> absent;  // polkit, as told
  std::uint64_t last_id = 0;
  std::map<std::uint64_t, ActResult> results;
};

TEST_F(UnitBusTest, OpensNoConnectionBeforeThereIsSomethingToDo) {
  reactor.advance(1h);
  EXPECT_EQ(systemd.opened, 0);
  EXPECT_EQ(reactor.timers(), 0U);
}

TEST_F(UnitBusTest, PolkitIsWokenAtEachConnectionWhereActsAreToCome) {
  watch({"dovecot.service"});
  ASSERT_TRUE(becomes("active"));
  EXPECT_EQ(systemd.pings, 0) << "nobody means to act";
  bus.expect_acts(true);
  bus.expect_acts(true);
  ASSERT_TRUE(reactor.run_until([&] { return systemd.pings == 1; }));
  reactor.settle();
  systemd.hang_up();
  ASSERT_TRUE(becomes("unknown"));
  reactor.advance(1s);
  ASSERT_TRUE(reactor.run_until([&] { return systemd.pings == 2; }));
  reactor.settle();
  EXPECT_TRUE(absent.empty());
}

TEST_F(UnitBusTest, ThatThereIsNoPolkitIsToldBeforeAnActIsRefused) {
  systemd.no_polkit = true;
  bus.expect_acts(true);
  ASSERT_TRUE(reactor.run_until([&] { return !absent.empty(); }));
  EXPECT_NE(absent[0].find("PolicyKit1 was not provided"), std::string::npos) << absent[0];
  bus.expect_acts(false);
  EXPECT_EQ(absent.size(), 1U);
}

TEST_F(UnitBusTest, ARestartIsDoneWhenItsJobIs) {
  act(Verb::restart, "dovecot.service");
  ASSERT_TRUE(reactor.run_until([&] { return systemd.jobs() == 1; }));
  reactor.settle();
  EXPECT_TRUE(results.empty()) << "reported before the job's end";
  systemd.finish_job("done");
  EXPECT_EQ(ended().ending, Ending::done);
  EXPECT_EQ(ended().detail, "job done; dovecot.service is active (running)");
  EXPECT_EQ(systemd.count("RestartUnit dovecot.service replace"), 1);
}

TEST_F(UnitBusTest, EveryVerbCallsItsMethodAndSubscribesBefore) {
  systemd.auto_result = "done";
  const std::map<Verb, std::string> methods{{Verb::start, "StartUnit"},
                                            {Verb::stop, "StopUnit"},
                                            {Verb::restart, "RestartUnit"},
                                            {Verb::reload, "ReloadUnit"}};
  for (const auto& [verb, method] : methods) {
    EXPECT_EQ(run(verb, "dovecot.service").ending, Ending::done);
    EXPECT_EQ(systemd.count(method + " dovecot.service replace"), 1) << method;
  }
  EXPECT_EQ(systemd.calls.front(), "Subscribe ");
}

TEST_F(UnitBusTest, AFailedJobTellsItsResultAndWhatTheUnitIs) {
  systemd.units["dovecot.service"] = {.active_state = "failed",
                                      .sub_state = "failed",
                                      .result = "exit-code",
                                      .exec_main_status = 89};
  for (const std::string result : {"failed", "timeout", "canceled", "dependency", "skipped"}) {
    systemd.auto_result = result;
    EXPECT_EQ(run(Verb::start, "dovecot.service").ending, Ending::failed);
    EXPECT_EQ(ended().detail, "job " + result +
                                  "; dovecot.service is failed (failed), result exit-code, "
                                  "status 89");
  }
}

TEST_F(UnitBusTest, AJobThatEndsBeforeItIsNamedIsNotMissed) {
  systemd.end_before_answer = true;
  systemd.auto_result = "done";
  EXPECT_EQ(run(Verb::restart, "dovecot.service").ending, Ending::done);
}

TEST_F(UnitBusTest, TheEndOfAnotherJobIsNotOurs) {
  act(Verb::restart, "dovecot.service");
  ASSERT_TRUE(reactor.run_until([&] { return systemd.jobs() == 1; }));
  systemd.tell_job_removed("/org/freedesktop/systemd1/job/999", "dovecot.service", "failed");
  reactor.settle();
  EXPECT_TRUE(results.empty());
  systemd.finish_job("done");
  EXPECT_EQ(ended().ending, Ending::done);
}

TEST_F(UnitBusTest, AMissingRightNamesTheLineThatPolkitsFileLacks) {
  systemd.denied = {"RestartUnit dovecot.service"};
  EXPECT_EQ(run(Verb::restart, "dovecot.service").ending, Ending::refused);
  EXPECT_EQ(ended().detail,
            "no right to restart dovecot.service: the table in "
            "/etc/polkit-1/rules.d/50-slewd.rules must have \"dovecot.service\": [\"restart\"] "
            "(Permission denied)");
}

TEST_F(UnitBusTest, AUnitThatIsNotThereOrMaskedIsRefused) {
  EXPECT_EQ(run(Verb::start, "nothing.service").ending, Ending::refused);
  EXPECT_EQ(ended().detail, "nothing.service: systemd has no such unit");
  systemd.units["hidden.service"] = {.load_state = "masked"};
  EXPECT_EQ(run(Verb::start, "hidden.service").ending, Ending::refused);
  EXPECT_EQ(ended().detail, "hidden.service: the unit is masked");
  EXPECT_EQ(systemd.count("StartUnit hidden.service replace"), 0);
}

TEST_F(UnitBusTest, AProtectedUnitIsRefusedBeforeTheBusIsAsked) {
  EXPECT_EQ(run(Verb::stop, "ssh.service").ending, Ending::refused);
  EXPECT_EQ(ended().detail, "ssh.service is protected: operators log in through it");
  bus.protect({"postgresql@.service"});
  EXPECT_EQ(run(Verb::stop, "postgresql@15-main.service").ending, Ending::refused);
  EXPECT_EQ(systemd.opened, 0);
}

TEST_F(UnitBusTest, AnAliasOfAProtectedUnitIsRefused) {
  systemd.units["ssh.service"] = {.aliases = {"login.service"}};
  EXPECT_EQ(run(Verb::stop, "login.service").ending, Ending::refused);
  EXPECT_EQ(ended().detail, "login.service: ssh.service is protected: operators log in through it");
  systemd.units["imap.service"] = {.aliases = {"precious.service"}};
  bus.protect({"precious.service"});
  EXPECT_EQ(run(Verb::stop, "imap.service").ending, Ending::refused);
  EXPECT_EQ(systemd.jobs(), 0U);
}

TEST_F(UnitBusTest, AnAliasIsActedUponByTheNameThatPolkitSees) {
  systemd.units["dovecot.service"].aliases = {"imap.service"};
  systemd.auto_result = "done";
  EXPECT_EQ(run(Verb::reload, "imap.service").ending, Ending::done);
  EXPECT_EQ(systemd.count("ReloadUnit dovecot.service replace"), 1);
}

TEST_F(UnitBusTest, AJobWithoutEndIsReportedAtTheDeadline) {
  act(Verb::restart, "dovecot.service", 10s);
  ASSERT_TRUE(reactor.run_until([&] { return systemd.jobs() == 1; }));
  reactor.advance(9999ms);
  EXPECT_TRUE(results.empty());
  reactor.advance(1ms);
  EXPECT_EQ(ended().ending, Ending::timed_out);
  EXPECT_EQ(ended().detail,
            "the job to restart dovecot.service did not end within 10s; it is still running");
}

TEST_F(UnitBusTest, ASilentSystemdIsReportedAtTheDeadline) {
  systemd.mute = true;
  act(Verb::restart, "dovecot.service", 3s);
  reactor.advance(3s);
  EXPECT_EQ(ended().ending, Ending::refused);
  EXPECT_EQ(ended().detail, "not executed: no answer of systemd within 3s");
}

TEST_F(UnitBusTest, ASystemdThatFallsSilentLeavesTheOutcomeOpen) {
  watch({"dovecot.service"});
  ASSERT_TRUE(becomes("active"));
  act(Verb::restart, "dovecot.service", 3s);
  ASSERT_TRUE(reactor.run_until(
      [&] { return systemd.count("GetAll org.freedesktop.systemd1.Service") == 2; }));
  systemd.mute = true;
  reactor.advance(3s);
  EXPECT_EQ(ended().ending, Ending::timed_out);
  EXPECT_EQ(ended().detail, "no answer to restart dovecot.service within 3s; result unknown");
}

TEST_F(UnitBusTest, ABusThatDiesInMidCallFailsTheActAndComesBack) {
  watch({"dovecot.service"});
  ASSERT_TRUE(becomes("active"));
  act(Verb::restart, "dovecot.service");
  ASSERT_TRUE(reactor.run_until([&] { return systemd.jobs() == 1; }));
  systemd.hang_up();
  EXPECT_EQ(ended().ending, Ending::failed);
  EXPECT_NE(ended().detail.find("result unknown"), std::string::npos) << ended().detail;
  EXPECT_EQ(state().active_state, "unknown");
  EXPECT_EQ(changes.back().active_state, "unknown");
  reactor.advance(1s);
  ASSERT_TRUE(becomes("active"));
  systemd.auto_result = "done";
  EXPECT_EQ(run(Verb::restart, "dovecot.service").ending, Ending::done);
}

TEST_F(UnitBusTest, AnAbsentBusIsSoughtAgainMoreAndMoreSeldom) {
  systemd.absent = true;
  watch({"dovecot.service"});
  reactor.advance(1h);
  EXPECT_GT(systemd.opened, 60);
  EXPECT_LT(systemd.opened, 70);
  EXPECT_EQ(state().active_state, "unknown");
  systemd.absent = false;
  reactor.advance(1min);
  EXPECT_TRUE(becomes("active"));
}

TEST_F(UnitBusTest, AnActWithoutABusIsRefusedAtOnce) {
  systemd.absent = true;
  watch({"dovecot.service"});
  reactor.advance(5min);
  EXPECT_EQ(run(Verb::restart, "dovecot.service").ending, Ending::refused);
  EXPECT_EQ(ended().detail, "not executed: system bus: No such file or directory");
  systemd.absent = false;
  systemd.auto_result = "done";
  EXPECT_EQ(run(Verb::restart, "dovecot.service").ending, Ending::done)
      << "an act does not wait for the back-off";
}

TEST_F(UnitBusTest, AnAbandonedActIsNotReported) {
  act(Verb::restart, "dovecot.service");
  ASSERT_TRUE(reactor.run_until([&] { return systemd.jobs() == 1; }));
  bus.abandon(last_id);
  systemd.finish_job("done");
  reactor.advance(1min);
  EXPECT_TRUE(results.empty());
}

TEST_F(UnitBusTest, MoreActsThanTheLimitAreRefused) {
  for (std::size_t i = 0; i < limits::kUnitActs; ++i) act(Verb::restart, "dovecot.service");
  EXPECT_EQ(run(Verb::restart, "dovecot.service").ending, Ending::refused);
  EXPECT_EQ(ended().detail, "more than 16 acts on units at once");
}

}  // namespace
}  // namespace slewd::remedy
