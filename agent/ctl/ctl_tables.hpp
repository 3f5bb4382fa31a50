// SPDX-License-Identifier: Apache-2.0
// The API's JSON (docs/api.md) as tables. Pure: text in, text out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd::app {

// `internal` when the text does not follow docs/api.md.
[[nodiscard]] Result<std::string> status_table(std::string_view json);
// The exit status of `slewctl status` by verdict: 0 for ok, or one of these.
inline constexpr int kExitWarning = 4;
inline constexpr int kExitCritical = 5;
inline constexpr int kExitUnknown = 6;
[[nodiscard]] Result<int> status_exit(std::string_view json);
[[nodiscard]] Result<std::string> sources_table(std::string_view json);
// Drops the less important columns where the table is wider than `width` (0 = unlimited).
[[nodiscard]] Result<std::string> jumps_table(std::string_view json, std::size_t width);
// One jump, without a line end.
[[nodiscard]] Result<std::string> jump_text(std::string_view json);
// Lines are cut to `width` unless it is 0. Without `all`: no probes, and no rules for services that
// are not installed.
[[nodiscard]] Result<std::string> rules_table(std::string_view json, std::size_t width = 0,
                                              bool all = true);
[[nodiscard]] Result<std::string> actions_table(std::string_view json);
// One rule with its condition, explanation and actions, or its JSON object; `not_found` with a
// suggestion.
[[nodiscard]] Result<std::string> rule_explanation(std::string_view json, std::string_view name,
                                                   bool as_json = false);

}  // namespace slewd::app
