// SPDX-License-Identifier: Apache-2.0
// An NTP server as a pure function: a request and two readings of the server's clock in, a reply
// out. The virtual network uses it, and so does the demo over real UDP. Thread-safe: no state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "agent/core/ntp/packet.hpp"
#include "base/frequency.hpp"
#include "base/timeline.hpp"

namespace slewd::sim {

enum class ServerManner {
  honest,          // answers with the time it has, right or wrong
  silent,          // never answers
  unsynchronised,  // answers with leap 3 and stratum 0 (RFC 5905: 16 is sent as 0)
  bogus_origin,    // answers to a request that was never sent: a blind spoofer
  kiss_rate,       // kiss-o'-death codes (RFC 5905 section 7.4)
  kiss_deny,
  kiss_restrict,
};

struct Personality {
  ServerManner manner = ServerManner::honest;
  std::uint8_t stratum = 1;
  std::uint32_t refid = core::refid_of("GPS");
  std::optional<core::Leap> leap{};  // empty: as the world announces
  std::int8_t precision = -23;       // log2 s
  Nanos root_delay{};
  Nanos root_dispersion = std::chrono::microseconds{10};
  Nanos reference_age = std::chrono::seconds{8};  // since its clock was last set
  // What the server's clock shows, less the truth: positive = the server is ahead.
  Nanos offset{};
  Ppm drift{};  // what its clock gains beside that, from `drifts_since` on
  WallTime drifts_since{};

  [[nodiscard]] Nanos ahead_at(WallTime truth) const {
    return offset + from_seconds(to_ratio(drift) * to_seconds(truth - drifts_since));
  }
};

// `receive` and `transmit` are true times; the personality's offset is added to both. Empty: no
// answer, because the server is silent or `request` is no client request (mode 3, version 1 to 4).
[[nodiscard]] std::optional<std::array<std::byte, core::kNtpHeaderBytes>> serve(
    const Personality& personality, std::span<const std::byte> request, WallTime receive,
    WallTime transmit);

}  // namespace slewd::sim
