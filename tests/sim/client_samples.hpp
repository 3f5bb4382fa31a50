// SPDX-License-Identifier: Apache-2.0
// What a second client learns from the replies that the engine gets in the same world.
#pragma once

#include <optional>

#include "agent/core/sample.hpp"
#include "sim/network.hpp"
#include "sim/scenario/scenario.hpp"

namespace slewd::tests {

// Empty when the reply is no measurement: a kiss, an unsynchronised server, nonsense.
[[nodiscard]] std::optional<core::Sample> sample_of(const sim::Exchange& exchange, WallTime near);

// What moves the wall clock of a machine from outside, and when.
struct ExternalMove {
  Nanos at{};  // since the start
  Nanos by{};
};
// In the order of time: steps by others, and what a suspended machine makes up for at its resume.
[[nodiscard]] std::vector<ExternalMove> external_moves(const sim::Scenario& scenario);

// When something happened to the clock of which no machine is told at once. In the order of time.
[[nodiscard]] std::vector<Nanos> unannounced(const sim::Scenario& scenario);

}  // namespace slewd::tests
