// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/places.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace slewd::exporter {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kMoment{1h};
constexpr std::uint64_t kHonest = 1000000;

Place place(Stage stage, Nanos age, std::uint64_t peer) {
  return {.stage = stage, .peer = peer, .since = kMoment - age, .progress = kMoment - age};
}

// A full room: places of as many peers, all in one stage, the first the oldest.
std::vector<Place> full(Stage stage, Nanos oldest) {
  std::vector<Place> room;
  for (std::uint64_t i = 0; i < limits::kHttpClients; ++i)
    room.push_back(place(stage, oldest - Nanos{static_cast<std::int64_t>(i)}, i));
  return room;
}

TEST(Places, TheOldestGivesWayAmongEquals) {
  for (const Stage stage : {Stage::asking, Stage::answering, Stage::idle, Stage::leaving}) {
    EXPECT_EQ(connection_to_close(full(stage, 500ms), kMoment), 0U);
    EXPECT_EQ(connection_to_close(full(stage, 5s), kMoment), 0U);
  }
}

TEST(Places, OneWhoseRequestWaitsOrIsServedNeverGivesWay) {
  EXPECT_EQ(connection_to_close(full(Stage::ready, 1min), kMoment), std::nullopt);
  EXPECT_EQ(connection_to_close(full(Stage::serving, 1min), kMoment), std::nullopt);
}

TEST(Places, ANewbornConnectionOutlastsOlderOnes) {
  std::vector<Place> room = full(Stage::asking, 900ms);
  room.back().since = kMoment;
  room[7].since = kMoment - 2s;
  EXPECT_EQ(connection_to_close(room, kMoment), 7U);
}

TEST(Places, WhoReadsNothingForASecondGoesBeforeTheIdle) {
  std::vector<Place> room = full(Stage::idle, 70s);
  room[5] = place(Stage::answering, 1s, 5);
  EXPECT_EQ(connection_to_close(room, kMoment), 5U);
}

TEST(Places, WhoReadsSlowlyStaysAndTheIdleGo) {
  std::vector<Place> room = full(Stage::idle, 70s);
  room[5] = place(Stage::answering, 9s, 5);
  room[5].progress = kMoment - 500ms;
  EXPECT_EQ(connection_to_close(room, kMoment), 0U);
}

TEST(Places, AHalfRequestOfMoreThanASecondGoesBeforeTheIdle) {
  std::vector<Place> room = full(Stage::idle, 70s);
  room[9] = place(Stage::asking, 1s, 9);
  EXPECT_EQ(connection_to_close(room, kMoment), 9U);
}

TEST(Places, WhoIsLeavingGoesBeforeTheIdle) {
  std::vector<Place> room = full(Stage::idle, 70s);
  room[9] = place(Stage::leaving, 1ms, 9);
  EXPECT_EQ(connection_to_close(room, kMoment), 9U);
}

TEST(Places, TheIdleGoBeforeAFreshRequestOrAnswer) {
  std::vector<Place> room = full(Stage::answering, 100ms);
  room[3] = place(Stage::idle, 0ms, 3);
  EXPECT_EQ(connection_to_close(room, kMoment), 3U);
}

TEST(Places, AnAddressWithManyConnectionsGivesWayBeforeOneWithFew) {
  for (const Stage stage : {Stage::asking, Stage::answering, Stage::idle}) {
    std::vector<Place> room;
    room.push_back(place(stage, 900ms, kHonest));
    while (room.size() < limits::kHttpNewcomers) room.push_back(place(stage, 10ms, 1));
    EXPECT_EQ(connection_to_close(room, kMoment), 1U);
  }
}

TEST(Places, ThreeConnectionsOfOneAddressAreNotMany) {
  std::vector<Place> room = full(Stage::asking, 900ms);
  room.back().peer = room[60].peer = room[61].peer = kHonest;
  EXPECT_EQ(connection_to_close(room, kMoment), 0U);
}

// The attack of 2000 connections a second from as many addresses as it likes, simulated: who needs
// 50 ms to send its request is still there then.
TEST(Places, AFloodLeavesANewcomerTimeForARoundTrip) {
  for (const std::uint64_t addresses : {1U, 7U, 100000U}) {
    std::vector<Place> room;
    MonoTime now = kMoment;
    std::uint64_t next = 0;
    const auto arrives = [&](std::uint64_t peer) {
      if (room.size() >= limits::kHttpNewcomers) {
        const auto to_close = connection_to_close(room, now);
        ASSERT_TRUE(to_close);
        room.erase(room.begin() + static_cast<std::ptrdiff_t>(*to_close));
      }
      room.push_back({.stage = Stage::asking, .peer = peer, .since = now, .progress = now});
    };
    const auto flood = [&](Nanos time) {
      for (Nanos gone{0}; gone < time; gone += 500us, now += 500us) arrives(next++ % addresses);
    };
    flood(1s);
    arrives(kHonest);
    flood(50ms);
    const bool there =
        std::any_of(room.begin(), room.end(), [](const Place& p) { return p.peer == kHonest; });
    EXPECT_TRUE(there) << addresses << " addresses";
  }
}

TEST(Places, PartiesHavePlacesOfTheirOwn) {
  for (const Party party : {Party::tcp, Party::local, Party::trusted}) {
    EXPECT_GT(places_of(party, Room::newcomers), 0U);
    EXPECT_GT(places_of(party, Room::clients), 0U);
  }
}

}  // namespace
}  // namespace slewd::exporter
