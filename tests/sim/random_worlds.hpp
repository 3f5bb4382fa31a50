// SPDX-License-Identifier: Apache-2.0
// Draws worlds at random from all that a scenario can say: equal seeds give equal worlds.
#pragma once

#include <cstdint>
#include <string>

#include "sim/scenario/scenario.hpp"

namespace slewd::tests {

// One poll range, one rate, one seed. Every value is one that a scenario file can hold.
[[nodiscard]] sim::Scenario draw_world(std::uint64_t seed);

// On one line, for people.
[[nodiscard]] std::string describe(const sim::Scenario& world);

}  // namespace slewd::tests
