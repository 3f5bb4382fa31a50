// SPDX-License-Identifier: Apache-2.0
// The first value of each trace record: what kind of event it was.
#pragma once

#include <cstdint>

namespace slewd::sim {

enum class TraceKind : std::int64_t {
  sent = 1,      // socket, bytes
  served,        // socket, server's requests so far
  delivered,     // socket, raw arrival
  timer,         // mono deadline
  clock_set,     // SetKind, size
  rate_changed,  // tick, frequency in 2^-16 ppm, single shot left
};

[[nodiscard]] constexpr std::int64_t traced(TraceKind kind) {
  return static_cast<std::int64_t>(kind);
}

}  // namespace slewd::sim
