// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>

#include "agent/remedy/units/unit_bus.hpp"
#include "base/limits.hpp"

#include "tests/unit/remedy/units/fake_systemd.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

class UnitWatchTest : public testing::Test {
 protected:
  UnitWatchTest() { systemd.units["dovecot.service"] = {}; }

  void watch(const std::vector<std::string>& units) { ASSERT_TRUE(bus.watch(units)); }
  [[nodiscard]] UnitState state(std::size_t which = 0) const { return bus.states().at(which); }
  [[nodiscard]] bool becomes(const std::string& active) {
    return reactor.run_until([&] { return state().active_state == active; });
  }

  TestReactor reactor;
  FakeSystemd systemd{reactor};
  std::vector<UnitState> changes;
  UnitBus bus{reactor, systemd.opener(),
              [this](const UnitState& changed) { changes.push_back(changed); }};
};

TEST_F(UnitWatchTest, TellsThePresentStateAndSinceWhen) {
  systemd.units["dovecot.service"] = {.active_state = "failed",
                                      .sub_state = "failed",
                                      .result = "exit-code",
                                      .exec_main_status = 89,
                                      .changed_micros = 3000000000,
                                      .started_micros = 2400000000};
  watch({"dovecot.service"});
  EXPECT_EQ(state().active_state, "unknown");
  ASSERT_TRUE(becomes("failed"));
  EXPECT_EQ(state().sub_state, "failed");
  EXPECT_EQ(state().result, "exit-code");
  EXPECT_EQ(state().load_state, "loaded");
  EXPECT_EQ(state().exec_main_status, 89);
  EXPECT_EQ(state().since, MonoTime{50min});
  EXPECT_EQ(state().started, MonoTime{40min});
  reactor.settle();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes.front(), state());
}

TEST_F(UnitWatchTest, FollowsEachChange) {
  watch({"dovecot.service"});
  ASSERT_TRUE(becomes("active"));
  reactor.advance(10s);
  systemd.units["dovecot.service"].result = "exit-code";
  systemd.change("dovecot.service", "failed", "failed");
  ASSERT_TRUE(becomes("failed"));
  EXPECT_EQ(state().result, "exit-code");
  EXPECT_EQ(state().since, reactor.now());
  systemd.change("dovecot.service", "activating", "auto-restart");
  ASSERT_TRUE(becomes("activating"));
  EXPECT_EQ(systemd.count("LoadUnit dovecot.service"), 1) << "a change needs no second look";
}

TEST_F(UnitWatchTest, AUnitWithoutAFileIsInactiveAndNotFound) {
  watch({"nothing.service"});
  ASSERT_TRUE(becomes("inactive"));
  EXPECT_EQ(state().load_state, "not-found");
}

TEST_F(UnitWatchTest, AUnitWithoutAResultIsFollowedToo) {
  systemd.units["slewd-first-sync.target"] = {};
  watch({"slewd-first-sync.target"});
  ASSERT_TRUE(becomes("active"));
  EXPECT_EQ(state().result, "");
}

TEST_F(UnitWatchTest, AnAliasAndItsUnitAreBothFollowed) {
  systemd.units["dovecot.service"].aliases = {"imap.service"};
  watch({"imap.service", "dovecot.service", "imap.service"});
  ASSERT_TRUE(becomes("active"));
  ASSERT_EQ(bus.states().size(), 2U);
  systemd.change("dovecot.service", "failed", "failed");
  ASSERT_TRUE(becomes("failed"));
  EXPECT_EQ(state(0).unit, "imap.service");
  EXPECT_EQ(state(1).active_state, "failed");
  watch({"imap.service"});
  systemd.change("dovecot.service", "active", "running");
  EXPECT_TRUE(becomes("active")) << "the object is no longer followed";
}

TEST_F(UnitWatchTest, AUnitThatIsLetGoOfIsInactiveAndIsNotLoadedForThat) {
  watch({"dovecot.service"});
  ASSERT_TRUE(becomes("active"));
  const int loads = systemd.count("LoadUnit dovecot.service");
  systemd.tell_removed("dovecot.service");
  ASSERT_TRUE(becomes("inactive"));
  reactor.advance(1min);
  EXPECT_EQ(systemd.count("LoadUnit dovecot.service"), loads)
      << "systemd would load it, let go of it, tell so, and we would load it";
  systemd.units["dovecot.service"].active_state = "activating";
  systemd.tell_new("dovecot.service");
  EXPECT_TRUE(becomes("activating"));
}

TEST_F(UnitWatchTest, AfterADaemonReloadEachUnitIsLookedAtAgain) {
  watch({"dovecot.service"});
  ASSERT_TRUE(becomes("active"));
  systemd.tell_reloading(true);
  systemd.tell_removed("dovecot.service");
  reactor.settle();
  EXPECT_EQ(state().active_state, "active") << "a reload ends no unit";
  systemd.tell_new("dovecot.service");
  systemd.units["dovecot.service"].active_state = "failed";
  systemd.tell_reloading(false);
  EXPECT_TRUE(becomes("failed"));
}

TEST_F(UnitWatchTest, ABusThatDiesMakesStatesUnknownUntilItIsBack) {
  watch({"dovecot.service"});
  ASSERT_TRUE(becomes("active"));
  systemd.hang_up();
  ASSERT_TRUE(becomes("unknown"));
  EXPECT_FALSE(bus.connected());
  reactor.settle();
  EXPECT_EQ(systemd.opened, 1);
  systemd.units["dovecot.service"].active_state = "failed";
  reactor.advance(1s);
  EXPECT_EQ(systemd.opened, 2);
  ASSERT_TRUE(becomes("failed"));
  systemd.change("dovecot.service", "active", "running");
  EXPECT_TRUE(becomes("active"));
}

TEST_F(UnitWatchTest, ASystemdThatDoesNotAnswerIsLeftAndSoughtAgain) {
  systemd.mute = true;
  watch({"dovecot.service"});
  reactor.advance(9s);
  EXPECT_EQ(systemd.opened, 1);
  reactor.advance(3s);
  EXPECT_EQ(systemd.opened, 2);
  EXPECT_EQ(state().active_state, "unknown");
}

TEST_F(UnitWatchTest, AUnitOfWhichSystemdSaysNothingInTimeIsAskedForAgain) {
  systemd.units["web.service"] = {};
  watch({"dovecot.service"});
  ASSERT_TRUE(becomes("active"));
  systemd.mute = true;
  watch({"dovecot.service", "web.service"});
  reactor.advance(11s);
  systemd.mute = false;
  reactor.settle();
  EXPECT_EQ(state(1).active_state, "unknown");
  reactor.advance(30s);
  EXPECT_TRUE(reactor.run_until([&] { return state(1).active_state == "active"; }));
  EXPECT_EQ(systemd.opened, 1);
}

TEST_F(UnitWatchTest, AFloodOfChangesEndsInFewReports) {
  watch({"dovecot.service"});
  ASSERT_TRUE(becomes("active"));
  changes.clear();
  for (int i = 0; i < 2000; ++i)
    systemd.change("dovecot.service", i % 2 == 0 ? "activating" : "deactivating", "start");
  systemd.change("dovecot.service", "failed", "failed");
  ASSERT_TRUE(becomes("failed"));
  EXPECT_LT(changes.size(), 200U);
  EXPECT_EQ(changes.back().active_state, "failed");
}

TEST_F(UnitWatchTest, AFloodOfOtherUnitsCostsNoCall) {
  watch({"dovecot.service"});
  ASSERT_TRUE(becomes("active"));
  const std::size_t before = systemd.calls.size();
  for (int i = 0; i < 1000; ++i) {
    systemd.tell_new("run-" + std::to_string(i) + ".mount");
    systemd.tell_removed("run-" + std::to_string(i) + ".mount");
  }
  systemd.change("dovecot.service", "failed", "failed");
  ASSERT_TRUE(becomes("failed"));
  EXPECT_EQ(systemd.calls.size(), before);
}

TEST_F(UnitWatchTest, AUnitThatComesAndGoesIsNotLookedAtForEachTime) {
  watch({"dovecot.service"});
  ASSERT_TRUE(becomes("active"));
  const std::size_t before = systemd.calls.size();
  for (int i = 0; i < 50; ++i) systemd.tell_new("dovecot.service");
  systemd.change("dovecot.service", "failed", "failed");
  ASSERT_TRUE(becomes("failed"));
  reactor.settle();
  EXPECT_LE(systemd.calls.size() - before, 9U) << "at most two looks more";
}

TEST_F(UnitWatchTest, RefusesWhatIsNoUnitAndTooMany) {
  EXPECT_FALSE(bus.watch({"dovecot"}));
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= limits::kWatchedUnits; ++i)
    many.push_back("unit" + std::to_string(i) + ".service");
  const auto refused = bus.watch(many);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().describe(), "more than 64 units to watch: 65");
  many.pop_back();
  watch(many);
  EXPECT_TRUE(reactor.run_until([&] {
    return std::ranges::none_of(bus.states(),
                                [](const UnitState& one) { return one.active_state == "unknown"; });
  }));
}

TEST_F(UnitWatchTest, WithNothingToWatchTheBusIsNotSoughtAgain) {
  watch({"dovecot.service"});
  ASSERT_TRUE(becomes("active"));
  watch({});
  systemd.hang_up();
  reactor.advance(1h);
  EXPECT_EQ(systemd.opened, 1);
  EXPECT_EQ(reactor.timers(), 0U);
}

}  // namespace
}  // namespace slewd::remedy
