// Texts about rules for people: `slewctl rules show`, `explain` and `test`, and the reference of
// docs/rules.md. Plain text, newline at the end of each line.
#pragma once

#include <string>
#include <string_view>

#include "rules/rule.hpp"
#include "rules/status.hpp"

namespace slewd::rules {

// One rule as configured: condition, the facts that it reads with their meaning, clocks, actions
// with their verification, limits.
[[nodiscard]] std::string describe_rule(const Rule& rule, const RuleFile& file);

// One rule as it stands: state and since when, why, what stopped it how often, what it did.
[[nodiscard]] std::string explain_rule(const RuleView& view, MonoTime now);

// The check of a file: its rules and targets, or every problem.
struct FileReport {
  bool good = false;
  std::string text;
};
[[nodiscard]] FileReport check_rule_file(std::string_view text, std::string_view name);

// Every fact and every function as Markdown tables.
[[nodiscard]] std::string fact_reference();

}  // namespace slewd::rules
