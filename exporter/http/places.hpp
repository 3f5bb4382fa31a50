// SPDX-License-Identifier: Apache-2.0
// Which connection gives way when one more needs a place. Pure: the connections and the time are
// arguments. docs/design/adr/0004-own-http-listener-and-routes.md has the reasons for the order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/timeline.hpp"

namespace slewd::exporter {

// Each party has places of its own, so that none can shut out another.
enum class Party {
  tcp,
  local,    // the unix socket, any user
  trusted,  // the unix socket, root or the daemon's own user: they may command
};

// Each party has two rooms. A newcomer costs little; a client may hold an answer and the kernel's
// buffers for it.
enum class Room {
  newcomers,  // no complete request has come yet
  clients,    // one has
};

enum class Stage {
  asking,     // a request, or the rest of it, has yet to come
  ready,      // a complete request waits for a worker
  serving,    // a worker has it
  answering,  // the peer has yet to take the rest of an answer
  idle,       // between requests, everything taken
  leaving,    // the last answer is taken; the end of the connection is not
};

struct Place {
  Stage stage = Stage::asking;
  std::uint64_t peer = 0;  // the address or the user: what is shared fairly
  MonoTime since;          // the begin of the stage; of a newcomer, of the connection
  MonoTime progress;       // when the peer last took a part of its answer
};

// A request and each part of an answer may take this long before their connection counts as
// stalled. An honest peer needs a few round trips.
inline constexpr Nanos kGrace = std::chrono::seconds(1);

[[nodiscard]] std::size_t places_of(Party party, Room room);

// Which of those that hold all places of a room gives way to one more. None: all have requests that
// wait or are being served.
[[nodiscard]] std::optional<std::size_t> who_gives_way(std::span<const Place> room, MonoTime now);

}  // namespace slewd::exporter
