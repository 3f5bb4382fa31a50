// SPDX-License-Identifier: Apache-2.0
// One direction of a path: how long its packets take, and which of them are lost. A second route,
// congestion of the office hours and ECMP are all one law, the Disturbance.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/timeline.hpp"
#include "sim/random.hpp"

namespace slewd::sim {

// What comes on top of a link's own law, for a time and for some of the packets: it begins `from`
// after the start of the world and lasts for `length` (empty: for good), in each `every` anew
// (zero: once); each packet in that time takes part with a probability of `chance`, for itself.
struct Disturbance {
  Nanos every{};
  Nanos from{};
  std::optional<Nanos> length{};
  double chance = 1;
  Nanos delay{};    // more of it: a longer route
  Nanos ramp{};     // in which that delay grows from nothing, as an attacker's may
  Nanos jitter{};   // mean of an exponential extra delay: a queue
  double loss = 0;  // probability

  // `elapsed` since the start of the world; delay_at() while it is active.
  [[nodiscard]] bool active(Nanos elapsed) const;
  [[nodiscard]] Nanos delay_at(Nanos elapsed) const;
};

struct LinkLaw {
  Nanos delay{};         // each packet needs at least this long
  Nanos jitter{};        // mean of an exponential extra delay
  double loss = 0;       // probabilities
  double duplicate = 0;  // a second copy arrives with a jitter of its own
  double hold_back = 0;  // arrives later by `held_for`, after packets that were sent later
  Nanos held_for = std::chrono::seconds{1};
  int pass_every = 1;  // of this many packets in a row, only the last gets through
  std::vector<Disturbance> disturbances{};
};

// The n-th packet draws the same numbers whatever the law says, so that scenarios with equal seeds
// differ only by what they change.
class Link {
 public:
  explicit Link(Random random) : random_(random) {}

  struct Arrivals {
    std::array<Nanos, 2> after{};
    std::size_t count = 0;  // 0 = lost, 2 = duplicated
  };
  // `elapsed` since the start of the world.
  [[nodiscard]] Arrivals carry(const LinkLaw& law, Nanos elapsed = {});

 private:
  Random random_;
  std::uint64_t packets_ = 0;
};

}  // namespace slewd::sim
