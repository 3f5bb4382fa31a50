// SPDX-License-Identifier: Apache-2.0
// Which connection is closed when one more needs a place. Pure: the connections and the time are
// arguments. docs/design/adr/0004-own-http-listener-and-routes.md has the reasons for the order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/timeline.hpp"

namespace slewd::exporter {

// Each party has its own places, so that none can block another.
enum class Party {
  tcp,
  local,    // the unix socket, any user
  trusted,  // the unix socket, root or the daemon's own user: they may send commands
};

// Each party has two rooms. A new client costs little; a client may hold an answer and the kernel's
// buffers for it.
enum class Room {
  newcomers,  // no complete request has come yet
  clients,    // one has
};

enum class Stage {
  asking,     // a request is not complete yet
  ready,      // a complete request waits for a worker
  serving,    // a worker has it
  answering,  // the peer has not read the whole answer yet
  idle,       // between requests, everything read
  leaving,    // the last answer is read; the connection is not closed yet
};

struct Place {
  Stage stage = Stage::asking;
  std::uint64_t peer = 0;  // the address or the user, for fair sharing
  MonoTime since;          // the begin of the stage; for a new client, of the connection
  MonoTime progress;       // when the peer last read a part of its answer
};

// A request and each part of an answer may take this long before their connection counts as
// stalled. A normal peer needs a few round trips.
inline constexpr Nanos kGrace = std::chrono::seconds(1);

[[nodiscard]] std::size_t places_of(Party party, Room room);

// Which of the connections in a full room is closed for a new one. None: all have requests that
// wait or are being served.
[[nodiscard]] std::optional<std::size_t> connection_to_close(std::span<const Place> room,
                                                             MonoTime now);

}  // namespace slewd::exporter
