// SPDX-License-Identifier: Apache-2.0
// The API's JSON (docs/api.md) as tables for people. Pure: text in, text out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd::app {

// `internal` when the text is not what docs/api.md promises.
[[nodiscard]] Result<std::string> status_table(std::string_view json);
// The exit status of `slewctl status`, by the verdict: 0 for ok, and one of these.
inline constexpr int kExitWarning = 4;
inline constexpr int kExitCritical = 5;
inline constexpr int kExitUnknown = 6;
[[nodiscard]] Result<int> status_exit(std::string_view json);
[[nodiscard]] Result<std::string> sources_table(std::string_view json);
// Where the table is wider than `width` (0 = any width will do), the less telling columns go.
[[nodiscard]] Result<std::string> jumps_table(std::string_view json, std::size_t width);
// One jump, without a line end.
[[nodiscard]] Result<std::string> jump_text(std::string_view json);
// Lines are cut to `width`, if it is not 0. Without `all`: no probes, and no rules about services
// that are not installed.
[[nodiscard]] Result<std::string> rules_table(std::string_view json, std::size_t width = 0,
                                              bool all = true);
[[nodiscard]] Result<std::string> actions_table(std::string_view json);
// One rule with its condition, explanation and actions, or its object of the answer; `not_found`
// with a suggestion.
[[nodiscard]] Result<std::string> rule_explanation(std::string_view json, std::string_view name,
                                                   bool as_json = false);

}  // namespace slewd::app
