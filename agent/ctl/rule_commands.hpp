// SPDX-License-Identifier: Apache-2.0
// `slewctl rules test`, `show`, `facts` and `replay`: they need no daemon.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace slewd::app {

struct RuleTestAnswer {
  bool sound = true;  // false: an expectation failed
  std::string text;   // a line for each failure, and a summary
};

// Reads the rule test files and runs them. Rule files that they name are relative to the test
// file's folder. The error lists every mistake of the first invalid file.
[[nodiscard]] Result<RuleTestAnswer> test_rules(const std::vector<std::string>& files);

// One rule of the configuration with its targets, probes and windows. `config` is a path; empty =
// defaults.
[[nodiscard]] Result<std::string> show_rule(const std::string& name, const std::string& config);

// The facts and functions of conditions, as tables.
[[nodiscard]] std::string list_facts();

// Re-evaluates every decision of a record (decisions.jsonl) with the rules of the configuration.
// Not sound: one of an unchanged rule differs, or a line is damaged.
[[nodiscard]] Result<RuleTestAnswer> replay_decisions(const std::string& path,
                                                      const std::string& config);

}  // namespace slewd::app
