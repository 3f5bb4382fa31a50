// SPDX-License-Identifier: Apache-2.0
// Reads a scenario, schema "slewd.scenario/1": JSON with comments. The keys are those of
// scenario.hpp; tests/sim/scenarios/ has examples of them all.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "sim/scenario/scenario.hpp"

namespace slewd::sim {

inline constexpr std::string_view kScenarioSchema = "slewd.scenario/1";

// `name` is what messages call the text. One error lists up to limits::kConfigProblems problems,
// one line each: "file:line: path: what; what would help".
[[nodiscard]] Result<Scenario> parse_scenario(std::string_view text, std::string_view name);

// "6:10" in powers of two of a second, or "64s:1024s"; empty when it is neither.
[[nodiscard]] std::optional<core::PollRange> parse_poll_range(std::string_view text);

}  // namespace slewd::sim
