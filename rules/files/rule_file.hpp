// SPDX-License-Identifier: Apache-2.0
// Reads rule files, schema "slewd.rules/1" (docs/rules.md), and combines several.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {

inline constexpr std::string_view kRuleSchema = "slewd.rules/1";

// Everything is checked: types and units of conditions, that targets, probes and commands exist,
// every limit. `name` stands for the text in messages. One error lists up to
// limits::kConfigProblems problems, one line each: "file:line: path: what; what would help".
[[nodiscard]] Result<RuleFile> parse_rule_file(std::string_view text, std::string_view name);

// One set of all rules and targets. Names that two files define are errors that name both files.
[[nodiscard]] Result<RuleFile> merge_rule_files(std::vector<RuleFile> files);

// The operator's rules over the shipped ones: a rule or target of `own` replaces the
// shipped one of that name. A shipped rule that needs more than the operator's target has is an
// error that names what is missing.
[[nodiscard]] Result<RuleFile> overlay_rule_files(RuleFile shipped, RuleFile own);

}  // namespace slewd::rules
