// SPDX-License-Identifier: Apache-2.0
// What must hold whatever the sources say. Where one breaks, the daemon holds what it has, says so,
// and counts it. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/timeline.hpp"

namespace slewd::core {

enum class Invariant {
  frequency_limit,   // no oscillator needs more than steering.max_frequency
  outside_majority,  // the estimate lies within what the majority of the sources shares
  lone_move,         // a move of the clock is shown by more than one source
};
inline constexpr std::array kInvariants{Invariant::frequency_limit, Invariant::outside_majority,
                                        Invariant::lone_move};
[[nodiscard]] std::string_view to_string(Invariant invariant);

// Breaches of each since the start.
using InvariantCounts = std::array<std::uint64_t, kInvariants.size()>;

class Invariants {
 public:
  // Counts a breach. Whether it begins an episode: the last one is an hour ago or more. Only then
  // is there something to log.
  [[nodiscard]] bool broken(Invariant which, MonoTime now);
  [[nodiscard]] const InvariantCounts& counts() const { return counts_; }

 private:
  InvariantCounts counts_{};
  std::array<std::optional<MonoTime>, kInvariants.size()> last_{};
};

}  // namespace slewd::core
