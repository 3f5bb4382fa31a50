// SPDX-License-Identifier: Apache-2.0
// The peer of an accepted connection, as reported by the kernel.
#pragma once

#include <cstdint>
#include <optional>

#include <sys/types.h>

#include "exporter/http/http_message.hpp"
#include "exporter/http/places.hpp"

namespace slewd::exporter {

struct Peer {
  Transport transport = Transport::tcp;
  Party party = Party::tcp;
  bool loopback = false;     // TCP: the peer reached us on a loopback address
  std::optional<uid_t> uid;  // unix socket
  std::uint64_t key = 0;     // for fair sharing of places: an IPv4 address, an IPv6 /64, a user
};

[[nodiscard]] Peer peer_of(int fd, Transport transport);

// Root and the daemon's own user, on the unix socket: a TCP peer cannot be authenticated.
[[nodiscard]] bool is_trusted(Transport transport, std::optional<uid_t> uid);

}  // namespace slewd::exporter
