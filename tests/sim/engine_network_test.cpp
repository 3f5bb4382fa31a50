// Networks, names and servers that come late, go, refuse, or are asked too often.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

// Servers behind names; the test decides which addresses answer, and from when on.
class NetworkWorld {
 public:
  explicit NetworkWorld(std::uint64_t seed = 1, core::CoreConfig config = default_network())
      : run(seed, {.offset = 10ms, .oscillator = {.frequency = Ppm{10}, .wander = 1e-9}},
            std::move(config)) {}

  static core::CoreConfig default_network() {
    core::CoreConfig config;
    config.step.at_startup = core::StartupStep::never;
    return config;
  }
  static core::Endpoint ipv6(int last) {
    core::Endpoint endpoint;
    endpoint.ipv6 = true;
    endpoint.port = 123;
    endpoint.address = {std::byte{0xfd}, std::byte{0}, std::byte{0xde}, std::byte{0xad}};
    endpoint.address[15] = static_cast<std::byte>(last);
    return endpoint;
  }
  static core::Endpoint ipv4(int last) {
    return sim::ipv4(192, 0, 2, static_cast<std::uint8_t>(last));
  }
  sim::ServerHost& answering(const core::Endpoint& endpoint) {
    sim::ServerHost& host = run.world.add_server(
        {.name = core::format(endpoint), .endpoint = endpoint, .up = kWan, .down = kWan});
    servers.push_back(&host);
    return host;
  }
  // A name with so many dead IPv6 addresses before as many IPv4 addresses that answer.
  void mean_half_dead(const std::string& name, int each) {
    std::vector<core::Endpoint> list;
    for (int i = 1; i <= each; ++i) list.push_back(ipv6(i));
    for (int i = 1; i <= each; ++i) {
      list.push_back(ipv4(i));
      answering(ipv4(i));
    }
    run.client.resolver().set(name, list);
  }
  static core::SourceConfig line(const std::string& name, int members = 0) {
    core::SourceConfig config;
    config.name = config.host = name;
    config.pool = members > 0;
    if (members > 0) config.pool_members = members;
    return config;
  }
  void configure(std::vector<core::SourceConfig> lines) {
    run.reload([&](core::CoreConfig& config) { config.sources = lines; });
  }
  void outage(bool on) {
    for (sim::ServerHost* server : servers) {
      server->up.loss = on ? 1 : 0;
      server->down.loss = on ? 1 : 0;
    }
  }
  [[nodiscard]] std::uint64_t working() const {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        run.snapshot()->sources,
        [](const core::SourceView& source) { return source.offset.has_value(); }));
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> list;
    for (const auto& source : run.snapshot()->sources) list.push_back(source.name);
    return list;
  }
  [[nodiscard]] Nanos time_to(const std::function<bool()>& reached, Nanos within) {
    const auto began = run.world.now();
    return run.world.run_until(reached, within) ? run.world.now() - began : Nanos::max();
  }
  [[nodiscard]] Nanos time_to_sync(Nanos within) {
    return time_to([&] { return run.phase() == core::Phase::sync; }, within);
  }
  [[nodiscard]] auto notes_of(const std::string& text) const {
    return std::ranges::count_if(
        run.notes, [&](const std::string& note) { return note.find(text) != std::string::npos; });
  }

  EngineWorld run;
  std::vector<sim::ServerHost*> servers;
};

using Names = std::vector<std::string>;

TEST(EngineNetwork, ANetworkThatComesLateIsUsedWithinSecondsOfItsFirstAnswer) {
  for (const int count : {1, 4})
    for (const Nanos late : {Nanos(30s), Nanos(120s), Nanos(600s), Nanos(1800s), Nanos(2820s)}) {
      NetworkWorld world;
      std::vector<core::SourceConfig> lines;
      for (int i = 1; i <= count; ++i) {
        world.answering(NetworkWorld::ipv4(i));
        world.run.client.resolver().set("s" + std::to_string(i), {NetworkWorld::ipv4(i)});
        lines.push_back(NetworkWorld::line("s" + std::to_string(i)));
      }
      world.outage(true);
      world.run.start();
      world.configure(lines);
      world.run.world.run_for(late);
      world.outage(false);
      // How long a request into the void may still be the newest one.
      const Nanos interval = late <= 10min ? 16s : late / 3 + 1s;
      const Nanos first = world.time_to([&] { return world.working() > 0; }, interval);
      EXPECT_LT(first, Nanos::max()) << count << " servers, late by " << late.count();
      EXPECT_LE(world.time_to_sync(1h), 10s) << count << " servers, late by " << late.count();
    }
}

TEST(EngineNetwork, NewsOfTheNetworkAreAnsweredAtOnceHoweverLateTheyCome) {
  for (const Nanos late : {Nanos(30s), Nanos(10min), Nanos(47min), Nanos(12h)}) {
    NetworkWorld world;
    world.answering(NetworkWorld::ipv4(1));
    world.run.client.resolver().fail("late", ErrorCode::unavailable);
    world.run.start();
    world.configure({NetworkWorld::line("late"), NetworkWorld::line("other")});
    world.run.world.run_for(late);
    world.run.client.resolver().set("late", {NetworkWorld::ipv4(1)});
    world.run.engine().on_network_changed();
    EXPECT_LE(world.time_to_sync(1h), 10s) << late.count();
  }
}

TEST(EngineNetwork, AFloodOfNewsOfTheNetworkDoesNotFloodTheServers) {
  NetworkWorld world;
  sim::ServerHost& server = world.answering(NetworkWorld::ipv4(1));
  world.run.client.resolver().set("mute", {NetworkWorld::ipv4(1)});
  server.personality.manner = sim::ServerManner::silent;
  world.run.start();
  world.configure({NetworkWorld::line("mute")});
  world.run.world.every(100ms, [&] { world.run.engine().on_network_changed(); });
  world.run.world.run_for(1h);
  EXPECT_LE(server.requests, 56U);
  const auto lookups = world.run.client.resolver().lookups();
  EXPECT_LE(lookups, 800U);
}

TEST(EngineNetwork, AnOutageInTheMiddleOfTheStartCostsNoMoreThanItLasts) {
  for (const Nanos at : {Nanos(1s), Nanos(3s), Nanos(5s)}) {
    NetworkWorld world;
    world.answering(NetworkWorld::ipv4(1));
    world.run.client.resolver().set("a", {NetworkWorld::ipv4(1)});
    world.run.start();
    world.configure({NetworkWorld::line("a")});
    world.run.world.run_for(at);
    world.outage(true);
    world.run.world.run_for(5min);
    world.outage(false);
    EXPECT_LE(world.time_to_sync(1h), 16s + 10s) << at.count();
  }
}

TEST(EngineNetwork, AnAnswerAfterALongOutageStartsQuicklyAgain) {
  NetworkWorld world;
  sim::ServerHost& server = world.answering(NetworkWorld::ipv4(1));
  world.run.client.resolver().set("a", {NetworkWorld::ipv4(1)});
  world.run.start();
  world.configure({NetworkWorld::line("a")});
  world.run.world.run_for(3h);
  world.outage(true);
  world.run.world.run_for(6h);
  EXPECT_EQ(world.run.phase(), core::Phase::holdover);
  world.outage(false);
  const auto answered = [&] { return world.run.snapshot()->sources[0].reach & 1U; };
  ASSERT_LE(world.time_to(answered, 1h), 9min);
  const auto asked = server.requests;
  world.run.world.run_for(9s);
  EXPECT_GE(server.requests, asked + 4);
  EXPECT_EQ(world.run.phase(), core::Phase::sync);
}

TEST(EngineNetwork, DeadAddressesOfOneFamilyLeaveNoPlaceEmpty) {
  for (const int each : {1, 2, 4})
    for (const bool pool : {false, true}) {
      NetworkWorld world;
      world.mean_half_dead("name", each);
      world.run.start();
      world.configure({NetworkWorld::line("name", pool ? each : 0)});
      const auto places = static_cast<std::uint64_t>(pool ? each : 1);
      EXPECT_LE(world.time_to([&] { return world.working() == places; }, 1h), 10s)
          << each << (pool ? " of a pool" : " of a server");
      EXPECT_LE(world.time_to_sync(1h), 15s);
      world.run.world.run_for(2h);
      EXPECT_EQ(world.working(), places) << "and it stays so";
    }
}

TEST(EngineNetwork, DeadAddressesBehindALateNetworkLeaveNoPlaceEmpty) {
  for (const Nanos late : {Nanos(40s), Nanos(10min), Nanos(1h)}) {
    NetworkWorld world;
    world.mean_half_dead("name", 4);
    world.outage(true);
    world.run.start();
    world.configure({NetworkWorld::line("name", 4), NetworkWorld::line("twin", 2)});
    world.run.world.run_for(late);
    world.outage(false);
    world.run.engine().on_network_changed();
    EXPECT_LE(world.time_to([&] { return world.working() == 4; }, 1h), 25s) << late.count();
  }
}

TEST(EngineNetwork, MoreDeadAddressesThanPlacesAreAllTriedOnce) {
  NetworkWorld world;
  std::vector<core::Endpoint> list;
  for (int i = 1; i <= 7; ++i) list.push_back(NetworkWorld::ipv4(100 + i));
  list.push_back(NetworkWorld::ipv4(1));
  world.answering(NetworkWorld::ipv4(1));
  world.run.client.resolver().set("name", list);
  world.run.start();
  world.configure({NetworkWorld::line("name")});
  EXPECT_LE(world.time_to([&] { return world.working() == 1; }, 1h), 40s);
}

TEST(EngineNetwork, APoolGrowsUntilItIsFull) {
  for (const Nanos grows : {Nanos(15s), Nanos(5min), Nanos(3h)}) {
    NetworkWorld world;
    for (int i = 1; i <= 4; ++i) world.answering(NetworkWorld::ipv4(i));
    world.run.client.resolver().set("pool", {NetworkWorld::ipv4(1)});
    world.run.start();
    world.configure({NetworkWorld::line("pool", 4)});
    world.run.world.run_for(grows);
    EXPECT_EQ(world.working(), 1U);
    world.run.client.resolver().set("pool", {NetworkWorld::ipv4(1), NetworkWorld::ipv4(2),
                                             NetworkWorld::ipv4(3), NetworkWorld::ipv4(4)});
    EXPECT_LE(world.time_to([&] { return world.working() == 4; }, 1h), grows / 8 + 5s)
        << grows.count();
  }
}

TEST(EngineNetwork, ANameThatFailsAtBootIsTriedOnWithinSeconds) {
  for (const Nanos late : {Nanos(5s), Nanos(20s), Nanos(130s), Nanos(10min)}) {
    NetworkWorld world;
    world.answering(NetworkWorld::ipv4(1));
    world.run.client.resolver().fail("late", ErrorCode::unavailable);
    world.run.start();
    world.configure({NetworkWorld::line("late"), NetworkWorld::line("never")});
    world.run.world.run_for(late);
    EXPECT_EQ(world.names(), (Names{"late", "never"}));
    EXPECT_EQ(world.run.snapshot()->sources[0].reach, 0);
    EXPECT_EQ(world.run.snapshot()->sources[0].state, core::SourceState::unreachable);
    EXPECT_NE(world.run.snapshot()->sources[0].reason, "");
    world.run.client.resolver().set("late", {NetworkWorld::ipv4(1)});
    EXPECT_LE(world.time_to([&] { return world.working() == 1; }, 1h), late / 8 + 2s)
        << late.count();
  }
}

TEST(EngineNetwork, ADuplicateIsARowAndGetsItsPlaceWhenItsRecordChanges) {
  NetworkWorld world;
  world.answering(NetworkWorld::ipv4(1));
  world.answering(NetworkWorld::ipv4(2));
  world.run.client.resolver().set("a", {NetworkWorld::ipv4(1)});
  world.run.client.resolver().set("twin", {NetworkWorld::ipv4(1)});
  world.run.start();
  world.configure({NetworkWorld::line("a"), NetworkWorld::line("twin")});
  world.run.world.run_for(1h);
  ASSERT_EQ(world.names(), (Names{"a", "twin"}));
  EXPECT_EQ(world.run.snapshot()->sources[1].reason,
            "left out: 192.0.2.1:123 is polled already as a");
  EXPECT_EQ(world.notes_of("left out"), 1);
  world.run.client.resolver().set("twin", {NetworkWorld::ipv4(2)});
  world.run.world.run_for(16min);
  EXPECT_EQ(world.working(), 2U);
}

TEST(EngineNetwork, ANamedServerComesBeforeTheMembersOfPools) {
  NetworkWorld world;
  std::vector<core::Endpoint> all;
  std::vector<core::SourceConfig> lines{NetworkWorld::line("corp")};
  for (int pool = 0; pool < 5; ++pool) {
    std::vector<core::Endpoint> list;
    for (int i = 1; i <= 8; ++i) {
      list.push_back(NetworkWorld::ipv4(10 * pool + i));
      world.answering(list.back());
    }
    world.run.client.resolver().set("pool" + std::to_string(pool), list);
    lines.push_back(NetworkWorld::line("pool" + std::to_string(pool), pool == 4 ? 7 : 8));
  }
  world.run.client.resolver().fail("corp", ErrorCode::unavailable);
  world.run.start();
  world.configure(lines);
  world.run.world.run_for(1min);
  EXPECT_EQ(world.working(), 31U);
  EXPECT_EQ(world.names().front(), "corp");
  EXPECT_EQ(world.names().back(), "pool4");
  EXPECT_EQ(world.run.snapshot()->sources.back().reason, "left out: at most 32 sources are polled");
  world.answering(NetworkWorld::ipv4(99));
  world.run.client.resolver().set("corp", {NetworkWorld::ipv4(99)});
  world.run.world.run_for(20s);
  EXPECT_EQ(world.working(), 32U);
  lines.erase(lines.begin() + 1);  // a place is free again
  world.configure(lines);
  world.run.world.run_for(30s);
  EXPECT_EQ(world.working(), 32U);
  EXPECT_EQ(world.names().back(), "pool4#7") << "all have their places";
}

TEST(EngineNetwork, ANamedServerTakesItsAddressFromAPool) {
  NetworkWorld world;
  for (int i = 1; i <= 3; ++i) world.answering(NetworkWorld::ipv4(i));
  const auto pool = [&](std::vector<int> numbers) {
    std::vector<core::Endpoint> list;
    for (const int number : numbers) list.push_back(NetworkWorld::ipv4(number));
    world.run.client.resolver().set("pool", list);
  };
  pool({1, 2});
  world.run.client.resolver().fail("corp", ErrorCode::unavailable);
  world.run.start();
  world.configure({NetworkWorld::line("corp"), NetworkWorld::line("pool", 2)});
  world.run.world.run_for(10s);
  pool({1, 2, 3});
  world.run.client.resolver().set("corp", {NetworkWorld::ipv4(1)});
  world.run.world.run_for(20s);
  EXPECT_EQ(world.names(), (Names{"corp", "pool#1", "pool#2"}));
  EXPECT_EQ(world.working(), 3U);
}

TEST(EngineNetwork, RowsKeepTheOrderOfTheConfigurationAfterAReload) {
  NetworkWorld world;
  for (int i = 1; i <= 4; ++i) {
    world.answering(NetworkWorld::ipv4(i));
    world.run.client.resolver().set("s" + std::to_string(i), {NetworkWorld::ipv4(i)});
  }
  world.run.start();
  world.configure({NetworkWorld::line("s1"), NetworkWorld::line("s2"), NetworkWorld::line("s3")});
  world.run.world.run_for(1min);
  core::SourceConfig preferred = NetworkWorld::line("s1");
  preferred.prefer = true;
  world.configure(
      {preferred, NetworkWorld::line("s4"), NetworkWorld::line("s3"), NetworkWorld::line("s2")});
  world.run.world.run_for(1min);
  EXPECT_EQ(world.names(), (Names{"s1", "s4", "s3", "s2"}));
  EXPECT_EQ(world.working(), 4U);
}

TEST(EngineNetwork, AServerThatRefusesIsAskedAgainAndServesAgain) {
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

TEST(EngineNetwork, AnOperatorsBurstOrReloadAsksAServerThatRefusesAtOnce) {
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

TEST(EngineNetwork, AFloorOfPacketsEndsWithTheKisses) {
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

TEST(EngineNetwork, APacketBudgetHoldsInEveryStateOfTheClock) {
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

TEST(EngineNetwork, AResumeAsksAtOnceWhoeverWasSilent) {
  NetworkWorld world;
  world.answering(NetworkWorld::ipv4(1));
  world.run.client.resolver().set("a", {NetworkWorld::ipv4(1)});
  world.run.start();
  world.configure({NetworkWorld::line("a")});
  world.run.world.run_for(3h);
  world.outage(true);
  world.run.world.run_for(2h);
  world.outage(false);
  world.run.client.suspend(1h);
  world.run.world.run_for(1h);
  EXPECT_LE(world.time_to_sync(1h), 12s);
}

}  // namespace
}  // namespace slewd::tests
