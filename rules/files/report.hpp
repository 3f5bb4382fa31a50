// SPDX-License-Identifier: Apache-2.0
// Rules as text: `slewctl rules show` and `facts`, and the reference in docs/rules.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/rule.hpp"

namespace slewd::rules {

// One rule as configured, newline at the end of each line: condition, the facts that it reads with
// their meaning, timers, actions with their verification, limits.
[[nodiscard]] std::string describe_rule(const Rule& rule, const RuleFile& file);

// What a condition can read, with patterns for the names of targets. Functions: function_table().
struct ReadableFact {
  std::string name;
  std::string value;  // "a duration", or its possible values
  std::string_view meaning;
};
[[nodiscard]] std::vector<ReadableFact> readable_facts();

}  // namespace slewd::rules
