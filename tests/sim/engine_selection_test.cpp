// SPDX-License-Identifier: Apache-2.0
// Whom the engine follows when its sources differ, fall silent or refuse.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::Phase;

TEST(EngineSelection, ALeapSecondIsAnnouncedByAMajorityOnly) {
  EngineWorld run(1, ten_off());
  std::vector<sim::ServerHost*> servers;
  for (const char* name : {"a", "b", "c"}) servers.push_back(&run.add_server(name, kWan));
  run.start();
  for (std::size_t announcing = 1; announcing <= servers.size(); ++announcing) {
    servers[announcing - 1]->personality.leap = core::Leap::insert;
    run.world.run_for(1h);
    EXPECT_EQ(run.snapshot()->clock.leap, announcing > 1 ? core::Leap::insert : core::Leap::none)
        << announcing << " of 3 announce it";
  }
}

TEST(EngineSelection, ServersThatSmearAmongServersThatStepAreNoticed) {
  // Worlds begin on the first day of January, when a leap second has just passed or not.
  EngineWorld run(2, ten_off());
  std::vector<sim::ServerHost*> servers;
  for (const char* name : {"a", "b", "smear"}) servers.push_back(&run.add_server(name, kWan));
  servers[0]->personality.leap = servers[1]->personality.leap = core::Leap::insert;
  run.start();
  run.world.run_for(6h);
  const auto mixed = [](const std::string& note) {
    return note.find("announced by a, b and not by smear") != std::string::npos;
  };
  EXPECT_EQ(std::ranges::count_if(run.notes, mixed), 1);
  EXPECT_NE(run.snapshot()->sources[2].reason.find("that 2 others do"), std::string::npos);
  EXPECT_EQ(run.snapshot()->sources[0].reason.find("leap"), std::string::npos);
  run.world.run_for(48h);
  EXPECT_EQ(std::ranges::count_if(run.notes, mixed), 1);
  EXPECT_EQ(run.snapshot()->sources[2].reason.find("leap"), std::string::npos);
}

TEST(EngineSelection, TwoNearlyEqualServersDoNotTakeTurns) {
  EngineWorld run(3, ten_off());
  for (const char* name : {"a", "b"}) run.add_server(name, kWan);
  run.start();
  run.world.run_for(1h);
  int changes = 0;
  std::string selected;
  int crossings = 0;
  bool first_is_narrower = false;
  run.world.every(10s, [&] {
    const auto picture = run.snapshot();
    const core::SourceView& a = picture->sources[0];
    const core::SourceView& b = picture->sources[1];
    const std::string& best = a.state == core::SourceState::selected ? a.name : b.name;
    if (best != selected) ++changes;
    selected = best;
    const bool narrower = *a.root_distance < *b.root_distance;
    if (narrower != first_is_narrower) ++crossings;
    first_is_narrower = narrower;
  });
  run.world.run_for(24h);
  EXPECT_EQ(changes, 1) << "the first look counts as one";
  EXPECT_GT(crossings, 100);
}

TEST(EngineSelection, ADeadServerGoesByItsBoundAndNotByItsReach) {
  core::CoreConfig config = EngineWorld::default_config();
  config.poll = {1024s, 1024s};
  EngineWorld run(4, ten_off(), config);
  sim::ServerHost& dead = run.add_server("dead", kWan);
  for (const char* name : {"b", "c"}) run.add_server(name, kWan);
  run.start();
  run.world.run_for(4h);
  dead.personality.manner = sim::ServerManner::silent;
  ASSERT_TRUE(run.world.run_until(
      [&] { return run.snapshot()->sources[0].state == core::SourceState::outlier; }, 5 * 1024s));
  EXPECT_NE(run.snapshot()->sources[0].reach, 0);
  EXPECT_NE(run.snapshot()->sources[0].reason.find("silent for"), std::string::npos);
  EXPECT_EQ(run.phase(), core::Phase::sync);
  dead.personality.manner = sim::ServerManner::honest;
  run.world.run_for(1h);
  EXPECT_EQ(run.snapshot()->sources[0].state, core::SourceState::combined);
}

TEST(EngineSelection, APoorServerThatAdmitsItIsNoGuide) {
  EngineWorld run(42, ten_off());
  for (const char* name : {"a", "b"}) run.add_server(name, kWan);
  sim::ServerHost& poor = run.add_server("poor", kLan);
  poor.personality.offset = 50ms;
  poor.personality.root_dispersion = 60ms;
  run.start();
  run.world.run_for(1h);
  run.reset_error();
  run.world.run_for(12h);
  EXPECT_LT(run.largest_error(), 10ms);
  EXPECT_TRUE(run.broken().empty());
  EXPECT_EQ(run.bound_violations(), 0U);
}

TEST(EngineSelection, ALiarWhoAnswersDoesNotInheritTheVoteOfSilentServers) {
  EngineWorld run(61, ten_off());
  std::vector<sim::ServerHost*> honest;
  for (const char* name : {"a", "b", "c", "d", "e"}) honest.push_back(&run.add_server(name, kLan));
  run.add_server("liar", kLan).personality.offset = 120ms;
  run.start();
  run.world.run_for(1h);
  for (sim::ServerHost* server : honest) server->personality.manner = sim::ServerManner::silent;
  run.world.run_for(8min);
  EXPECT_LT(magnitude(run.client.true_offset()), 5ms);
  EXPECT_FALSE(run.visited(Phase::spike));
  expect_sound(run);
}

}  // namespace
}  // namespace slewd::tests
