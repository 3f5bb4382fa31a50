// SPDX-License-Identifier: Apache-2.0
// Names are looked up again when their servers die, refuse or lie.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

// An engine that knows names only; what they mean is up to the test.
class NamedServers {
 public:
  explicit NamedServers(std::uint64_t seed) : run_(seed, {.offset = 10ms}, config()) {
    for (int i = 1; i <= 5; ++i)
      servers_.push_back(&run_.world.add_server({.name = "host" + std::to_string(i),
                                                 .endpoint = sim::ipv4(192, 0, 2, i),
                                                 .up = kWan,
                                                 .down = kWan}));
    mean("pool", {1, 2, 3});
  }

  [[nodiscard]] static core::CoreConfig config() {
    core::CoreConfig config = EngineWorld::default_config();
    config.poll = {64s, 64s};
    core::SourceConfig pool;
    pool.name = pool.host = "pool";
    pool.pool = true;
    pool.pool_members = 3;
    config.sources = {pool};
    return config;
  }
  void mean(const std::string& name, const std::vector<int>& numbers) {
    std::vector<core::Endpoint> endpoints;
    endpoints.reserve(numbers.size());
    for (const int number : numbers) endpoints.push_back(sim::ipv4(192, 0, 2, number));
    run_.client.resolver().set(name, endpoints);
  }
  sim::ServerHost& server(int number) { return *servers_[static_cast<std::size_t>(number - 1)]; }
  [[nodiscard]] std::vector<std::string> addresses() const {
    std::vector<std::string> list;
    for (const auto& source : run_.snapshot()->sources) list.push_back(source.address);
    return list;
  }
  [[nodiscard]] auto notes_of(const std::string& text) const {
    return std::ranges::count_if(
        run_.notes, [&](const std::string& note) { return note.find(text) != std::string::npos; });
  }

  EngineWorld& run() { return run_; }

 private:
  EngineWorld run_;
  std::vector<sim::ServerHost*> servers_;
};

using Addresses = std::vector<std::string>;

TEST(EngineReplacement, ADeadMemberOfAPoolGivesItsPlaceToAnother) {
  NamedServers world(1);
  EngineWorld& run = world.run();
  run.start();
  run.world.run_for(1h);
  world.server(2).personality.manner = sim::ServerManner::silent;
  world.mean("pool", {1, 2, 4, 5});
  run.world.run_for(1h);
  EXPECT_EQ(world.addresses(), (Addresses{"192.0.2.1:123", "192.0.2.4:123", "192.0.2.3:123"}));
  EXPECT_EQ(run.snapshot()->sources[1].name, "pool#2");
  EXPECT_EQ(run.snapshot()->sources[1].state, core::SourceState::combined);
  EXPECT_EQ(world.notes_of("source pool#2: 192.0.2.2:123 has left 8 polls unanswered and is "
                           "replaced by 192.0.2.4:123"),
            1);
  EXPECT_EQ(run.phase(), core::Phase::sync);
}

TEST(EngineReplacement, WithoutAnotherAddressTheOldOneIsAskedOn) {
  NamedServers world(2);
  EngineWorld& run = world.run();
  run.start();
  run.world.run_for(1h);
  world.server(2).personality.manner = sim::ServerManner::silent;
  run.world.run_for(3h);
  EXPECT_EQ(world.addresses()[1], "192.0.2.2:123");
  EXPECT_GT(run.client.resolver().lookups(), 5U);
  EXPECT_LE(run.client.resolver().lookups(), 13U) << "at most each 15 minutes, and the first";
  world.server(2).personality.manner = sim::ServerManner::honest;
  run.world.run_for(1h);
  EXPECT_EQ(run.snapshot()->sources[1].state, core::SourceState::combined);
}

TEST(EngineReplacement, AServerThatRefusesUsIsAskedAgainOnlyAfterAnHour) {
  NamedServers world(3);
  EngineWorld& run = world.run();
  run.start();
  run.world.run_for(1h);
  world.server(2).personality.manner = sim::ServerManner::kiss_deny;
  world.mean("pool", {1, 2, 3, 4});
  run.world.run_for(30min);
  EXPECT_EQ(world.addresses()[1], "192.0.2.4:123");
  const auto asked = world.server(2).requests;
  // Its successor dies: the one that has refused us is free again, but not yet to be asked.
  world.server(4).personality.manner = sim::ServerManner::silent;
  run.world.run_for(20min);
  EXPECT_EQ(world.server(2).requests, asked);
  world.server(2).personality.manner = sim::ServerManner::honest;
  run.world.run_for(2h);
  EXPECT_EQ(world.addresses()[1], "192.0.2.2:123");
  EXPECT_EQ(run.snapshot()->sources[1].state, core::SourceState::combined);
}

TEST(EngineReplacement, AFalsetickerOfAPoolIsReplaced) {
  NamedServers world(4);
  EngineWorld& run = world.run();
  world.server(3).personality.offset = 500ms;
  world.mean("pool", {1, 2, 3, 5});
  run.start();
  run.world.run_for(1h);
  EXPECT_EQ(world.addresses()[2], "192.0.2.5:123");
  EXPECT_EQ(world.notes_of("was a falseticker at 8 polls"), 1);
}

TEST(EngineReplacement, AServerLineFollowsItsNameToANewAddress) {
  NamedServers world(5);
  EngineWorld& run = world.run();
  world.mean("moving", {1});
  run.start();
  run.reload([](core::CoreConfig& config) {
    core::SourceConfig line;
    line.name = line.host = "moving";
    config.sources = {line};
  });
  run.world.run_for(1h);
  world.server(1).personality.manner = sim::ServerManner::silent;
  world.mean("moving", {5});
  run.world.run_for(90min);
  EXPECT_EQ(world.addresses(), Addresses{"192.0.2.5:123"});
  EXPECT_EQ(run.snapshot()->sources[0].name, "moving");
  EXPECT_EQ(run.phase(), core::Phase::sync);
  EXPECT_LT(magnitude(run.client.true_offset()), 5ms);
}

TEST(EngineReplacement, ServersThatHaveWorkedAreKeptThroughABlockWhileTheNamesOfAPoolRotate) {
  NamedServers world(7);
  EngineWorld& run = world.run();
  run.start();
  run.world.run_for(1h);
  const Addresses proven = world.addresses();
  for (int i = 1; i <= 3; ++i) world.server(i).personality.manner = sim::ServerManner::silent;
  run.world.every(20s, [&world, next = 20]() mutable {
    world.mean("pool", {next, next + 1, next + 2});  // no server is there
    next = next < 220 ? next + 3 : 20;
  });
  run.world.run_for(40min);
  for (int i = 1; i <= 3; ++i) world.server(i).personality.manner = sim::ServerManner::honest;
  run.world.run_for(30min);
  Addresses now = world.addresses();
  std::ranges::sort(now);
  EXPECT_EQ(now, proven);
  EXPECT_EQ(run.phase(), core::Phase::sync);
}

TEST(EngineReplacement, APoolThatHasMovedAsAWholeIsFollowed) {
  NamedServers world(8);
  EngineWorld& run = world.run();
  run.start();
  run.world.run_for(1h);
  for (int i = 1; i <= 3; ++i) world.server(i).personality.manner = sim::ServerManner::silent;
  world.mean("pool", {4, 5});
  run.world.run_for(90min);
  const Addresses now = world.addresses();
  for (const std::string moved : {"192.0.2.4:123", "192.0.2.5:123"})
    EXPECT_EQ(std::ranges::count(now, moved), 1) << moved;
  EXPECT_EQ(run.phase(), core::Phase::sync);
}

TEST(EngineReplacement, AnAnswerForALineThatIsGoneIsDropped) {
  NamedServers world(6);
  EngineWorld& run = world.run();
  run.start();
  run.world.run_for(1h);
  run.client.resolver().set_latency(1h);
  world.server(1).personality.manner = sim::ServerManner::kiss_deny;
  world.mean("pool", {1, 2, 3, 4});
  run.world.run_for(10min);
  ASSERT_EQ(run.client.resolver().lookups(), 2U);
  run.reload([](core::CoreConfig& config) { config.sources.clear(); });
  run.world.run_for(2h);
  EXPECT_TRUE(world.addresses().empty());
  EXPECT_EQ(world.server(4).requests, 0U);
}

}  // namespace
}  // namespace slewd::tests
