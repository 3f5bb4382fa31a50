// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/places.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/limits.hpp"

namespace slewd::exporter {
namespace {

// A peer with more than this part of a full room loses a connection before the others.
constexpr std::size_t kShares = 8;

bool stalled(const Place& place, MonoTime now) {
  const bool answering = place.stage == Stage::answering;
  return now - (answering ? std::max(place.since, place.progress) : place.since) >= kGrace;
}

// The lowest is closed first; none: stays. Stalled connections first, since no normal client
// stalls; then those that have their answer, since a new connection costs them little; then the
// others.
std::optional<int> rank(const Place& place, bool over_share, MonoTime now) {
  switch (place.stage) {
    case Stage::ready:
    case Stage::serving:
      return {};
    case Stage::leaving:
      return 1;
    case Stage::idle:
      return over_share ? 2 : 3;
    case Stage::asking:
    case Stage::answering:
      break;
  }
  if (stalled(place, now)) return 0;
  return over_share ? 4 : 5;
}

}  // namespace

std::size_t places_of(Party party, Room room) {
  const bool newcomers = room == Room::newcomers;
  switch (party) {
    case Party::tcp:
      return newcomers ? limits::kHttpNewcomers : limits::kHttpClients;
    case Party::local:
      return limits::kLocalConnections;
    case Party::trusted:
      return limits::kTrustedConnections;
  }
  return 0;
}

std::optional<std::size_t> connection_to_close(std::span<const Place> room, MonoTime now) {
  std::vector<std::uint64_t> peers;
  for (const Place& each : room) peers.push_back(each.peer);
  std::sort(peers.begin(), peers.end());
  const std::size_t share = std::max<std::size_t>(room.size() / kShares, 1);
  const auto over_share = [&](std::uint64_t peer) {
    const auto [first, last] = std::equal_range(peers.begin(), peers.end(), peer);
    return static_cast<std::size_t>(last - first) > share;
  };
  std::optional<std::size_t> choice;
  std::pair<int, MonoTime> before_all;
  for (std::size_t i = 0; i < room.size(); ++i) {
    const std::optional<int> its = rank(room[i], over_share(room[i].peer), now);
    if (!its) continue;
    const std::pair key{*its, room[i].since};
    if (choice && before_all <= key) continue;
    choice = i;
    before_all = key;
  }
  return choice;
}

}  // namespace slewd::exporter
