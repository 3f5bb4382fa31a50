// SPDX-License-Identifier: Apache-2.0
// Networks and names that come late or go, and dead addresses.
#include <gtest/gtest.h>

#include "tests/sim/network_world.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

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
  EXPECT_LE(world.run.client.resolver().lookups(), 200U);
}

TEST(EngineNetwork, AFloodOfNewsOfTheNetworkDoesNotFloodTheNameService) {
  for (const bool fails : {false, true}) {
    NetworkWorld world;
    world.answering(NetworkWorld::ipv4(1));
    world.run.client.resolver().set("pool", {NetworkWorld::ipv4(1)});
    world.run.client.resolver().fail("failing", ErrorCode::unavailable);
    world.run.start();
    world.configure({fails ? NetworkWorld::line("failing") : NetworkWorld::line("pool", 4)});
    world.run.world.every(1s, [&] { world.run.engine().on_network_changed(); });
    world.run.world.run_for(1h);
    const auto first_hour = world.run.client.resolver().lookups();
    EXPECT_LE(first_hour, 150U) << fails;
    world.run.world.run_for(1h);
    EXPECT_LE(world.run.client.resolver().lookups() - first_hour, 20U) << fails;
  }
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

// One that answers first cannot be outvoted until the others are found.
TEST(EngineNetwork, SourcesThatWereNeverHeardAreSoughtUntilAMajorityAnswers) {
  for (const Nanos late : {Nanos(20s), Nanos(60s), Nanos(5min), Nanos(9min)}) {
    NetworkWorld world;
    for (int i = 1; i <= 3; ++i) world.answering(NetworkWorld::ipv4(i));
    const Names names{"a", "b", "c"};
    for (int i = 0; i < 3; ++i)
      world.run.client.resolver().set(names[static_cast<std::size_t>(i)],
                                      {NetworkWorld::ipv4(i + 1)});
    world.outage(true);
    world.servers[0]->up.loss = world.servers[0]->down.loss = 0;
    world.run.start();
    world.configure({NetworkWorld::line("a"), NetworkWorld::line("b"), NetworkWorld::line("c")});
    world.run.world.run_for(late);
    EXPECT_EQ(world.working(), 1U);
    world.outage(false);
    EXPECT_LE(world.time_to([&] { return world.working() >= 2; }, 1h), 17s) << late.count();
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
  const auto answered = [&] { return world.run.snapshot()->sources[0].reach & 1U; };
  EXPECT_LE(world.time_to(answered, 1h), 12s);
}

TEST(EngineNetwork, AResumeLooksUpAtOnceWhatHasFailed) {
  for (const Nanos asleep : {Nanos(5min), Nanos(6h)}) {
    NetworkWorld world;
    world.answering(NetworkWorld::ipv4(1));
    world.run.client.resolver().fail("late", ErrorCode::unavailable);
    world.run.start();
    world.configure({NetworkWorld::line("late")});
    world.run.world.run_for(12h);
    world.run.client.resolver().set("late", {NetworkWorld::ipv4(1)});
    world.run.client.suspend(asleep);
    EXPECT_LE(world.time_to_sync(1h + asleep), asleep + 1min) << asleep.count();
  }
}

}  // namespace
}  // namespace slewd::tests
