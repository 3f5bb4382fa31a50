// SPDX-License-Identifier: Apache-2.0
// The scenarios that slewd ships for its users, embedded at build (sim/scenario/builtin/).
#pragma once

#include <string_view>
#include <vector>

namespace slewd::sim {

struct BuiltinScenario {
  std::string_view name;  // also the "name" in its text
  std::string_view text;  // for parse_scenario()
};

// In the order in which a list shows them.
[[nodiscard]] std::vector<BuiltinScenario> builtin_scenarios();

}  // namespace slewd::sim
