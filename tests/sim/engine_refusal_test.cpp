// SPDX-License-Identifier: Apache-2.0
// Servers that refuse, and what each server is asked at most.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "tests/sim/network_world.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

TEST(EngineRefusal, AServerThatRefusesIsAskedAgainAndServesAgain) {
  for (const auto manner : {sim::ServerManner::kiss_deny, sim::ServerManner::kiss_restrict}) {
    NetworkWorld world;
    sim::ServerHost& server = world.answering(NetworkWorld::ipv4(1));
    world.run.client.resolver().set("192.0.2.1", {NetworkWorld::ipv4(1)});
    server.personality.manner = manner;
    world.run.start();
    world.configure({NetworkWorld::line("192.0.2.1")});
    world.run.world.run_for(50s);
    EXPECT_EQ(server.requests, 1U);
    server.personality.manner = sim::ServerManner::honest;
    EXPECT_LE(world.time_to_sync(1h), 30s);
    EXPECT_EQ(world.notes_of("refuses"), 1);
  }
}

TEST(EngineRefusal, AnOperatorsBurstOrReloadAsksAServerThatRefusesAtOnce) {
  for (const bool reload : {false, true}) {
    NetworkWorld world;
    sim::ServerHost& server = world.answering(NetworkWorld::ipv4(1));
    world.run.client.resolver().set("a", {NetworkWorld::ipv4(1)});
    server.personality.manner = sim::ServerManner::kiss_deny;
    world.run.start();
    world.configure({NetworkWorld::line("a")});
    world.run.world.run_for(5h);
    const auto asked = server.requests;
    server.personality.manner = sim::ServerManner::honest;
    if (reload)
      world.configure({NetworkWorld::line("a")});
    else
      world.run.engine().burst();
    EXPECT_LE(world.time_to_sync(1h), 10s);
    EXPECT_LE(asked, 11U) << "1, 2, 4, 8, 16, 32, 60 minutes";
  }
}

TEST(EngineRefusal, AFloorOfPacketsEndsWithTheKisses) {
  for (const Nanos kissed : {Nanos(2min), Nanos(20min), Nanos(2h)}) {
    NetworkWorld world;
    sim::ServerHost& server = world.answering(NetworkWorld::ipv4(1));
    world.run.client.resolver().set("a", {NetworkWorld::ipv4(1)});
    world.run.start();
    world.configure({NetworkWorld::line("a")});
    world.run.world.run_for(10min);
    server.personality.manner = sim::ServerManner::kiss_rate;
    world.run.world.run_for(kissed);
    server.personality.manner = sim::ServerManner::honest;
    world.run.world.run_for(10h);
    EXPECT_EQ(world.run.phase(), core::Phase::sync);
    world.run.engine().burst();
    const auto asked = server.requests;
    world.run.world.run_for(15s);
    EXPECT_GE(server.requests, asked + 4) << "no floor is left";
  }
}

// The greatest number of requests that a server had in any hour.
class HourlyCount {
 public:
  HourlyCount(NetworkWorld& world, const sim::ServerHost& server) {
    world.run.world.every(10s, [this, &server] {
      counts_.push_back(server.requests);
      const std::size_t hour = 360;
      const auto before = counts_.size() > hour ? counts_[counts_.size() - 1 - hour] : 0;
      most_ = std::max(most_, counts_.back() - before);
    });
  }
  [[nodiscard]] std::uint64_t most() const { return most_; }

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t most_ = 0;
};

TEST(EngineRefusal, APacketBudgetHoldsInEveryStateOfTheClock) {
  using Trouble = std::function<void(NetworkWorld&, sim::ServerHost&)>;
  const std::map<std::string, Trouble> troubles{
      {"a program that sets the clock each minute",
       [](NetworkWorld& world, sim::ServerHost&) {
         world.run.world.every(1min, [&] { world.run.client.kernel().step(-300ms); });
       }},
      {"a program that sets the clock each 20 s",
       [](NetworkWorld& world, sim::ServerHost&) {
         world.run.world.every(20s, [&] { world.run.client.kernel().step(50ms); });
       }},
      {"pauses each 2 minutes",
       [](NetworkWorld& world, sim::ServerHost&) {
         world.run.world.every(2min, [&] { world.run.client.pause(1s); });
       }},
      {"bursts that are asked for",
       [](NetworkWorld& world, sim::ServerHost&) {
         world.run.world.every(17s, [&] { world.run.engine().burst(); });
       }},
      {"a network that flaps",
       [](NetworkWorld& world, sim::ServerHost&) {
         world.run.world.every(50s, [&world, on = false]() mutable {
           world.outage(on = !on);
           world.run.engine().on_network_changed();
         });
       }},
      {"bursts that are asked for at a server that refuses",
       [](NetworkWorld& world, sim::ServerHost& server) {
         server.personality.manner = sim::ServerManner::kiss_deny;
         world.run.world.every(17s, [&] { world.run.engine().burst(); });
       }},
      {"a server without time",
       [](NetworkWorld&, sim::ServerHost& server) {
         server.personality.manner = sim::ServerManner::unsynchronised;
       }},
      {"a server that leaps about",
       [](NetworkWorld& world, sim::ServerHost& server) {
         world.run.world.every(90s, [&server] { server.personality.offset += 7s; });
       }},
  };
  for (const core::Mode mode : {core::Mode::automatic, core::Mode::observe})
    for (const auto& [name, trouble] : troubles)
      for (const Nanos calm : {Nanos(0s), Nanos(3h)}) {
        core::CoreConfig config = NetworkWorld::default_network();
        config.mode = mode;
        NetworkWorld world(1, config);
        sim::ServerHost& server = world.answering(NetworkWorld::ipv4(1));
        world.run.client.resolver().set("a", {NetworkWorld::ipv4(1)});
        world.run.start();
        world.configure({NetworkWorld::line("a")});
        const HourlyCount count(world, server);
        world.run.world.run_for(calm);
        trouble(world, server);
        world.run.world.run_for(3h);
        EXPECT_LE(count.most(), 56U)
            << name << ", " << to_string(mode) << ", after " << calm.count();
        EXPECT_GE(server.requests, 20U) << name;
      }
}

TEST(EngineRefusal, AClockThatWasSetAfterALateNetworkIsAskedOftenEnoughToStayRight) {
  for (const Nanos late : {Nanos(5min), Nanos(580s), Nanos(1100s), Nanos(25min)}) {
    NetworkWorld world;
    sim::ServerHost& server = world.answering(NetworkWorld::ipv4(1));
    server.up = server.down = {.delay = 5ms, .jitter = 300us};
    world.run.client.resolver().set("a", {NetworkWorld::ipv4(1)});
    world.outage(true);
    world.run.start();
    world.configure({NetworkWorld::line("a")});
    const HourlyCount count(world, server);
    world.run.world.run_for(late);
    world.outage(false);
    ASSERT_LE(world.time_to_sync(1h), late <= 10min ? Nanos(26s) : late / 3 + 10s);
    world.run.world.run_for(10min);
    world.run.reset_error();
    world.run.world.run_for(50min);
    EXPECT_LT(world.run.largest_error(), 1ms) << late.count();
    EXPECT_LE(count.most(), 56U) << late.count();
  }
}

TEST(EngineRefusal, APacketBudgetBelongsToTheAddressWhateverAReloadCallsIt) {
  for (const bool renames : {false, true}) {
    NetworkWorld world;
    sim::ServerHost& server = world.answering(NetworkWorld::ipv4(1));
    for (const char* name : {"a", "b"})
      world.run.client.resolver().set(name, {NetworkWorld::ipv4(1)});
    world.run.start();
    const HourlyCount count(world, server);
    world.run.world.every(20s, [&world, renames, turn = false]() mutable {
      turn = !turn;
      core::SourceConfig line = NetworkWorld::line(renames && turn ? "b" : "a");
      if (!renames) line.max_delay = turn ? 1s : 2s;
      world.configure({line});
    });
    world.run.world.run_for(3h);
    EXPECT_LE(count.most(), 56U) << renames;
  }
}

}  // namespace
}  // namespace slewd::tests
