// SPDX-License-Identifier: Apache-2.0
// `slewctl rules test`, `show`, `facts` and `replay`: what can be said of rules without a daemon.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace slewd::app {

struct RuleTestAnswer {
  bool sound = true;  // false: an expectation is not met
  std::string text;   // a line for each that is not, and a summary
};

// Reads the rule test files and runs them. Rule files that they name are read from the test file's
// own folder. The error names every mistake in the first file that cannot be used.
[[nodiscard]] Result<RuleTestAnswer> test_rules(const std::vector<std::string>& files);

// One rule of the configuration with all that it rests on. `config` is a path; empty = defaults.
[[nodiscard]] Result<std::string> show_rule(const std::string& name, const std::string& config);

// What conditions can read, and their functions, as tables.
[[nodiscard]] std::string list_facts();

// Comes to every decision of a record (decisions.jsonl) again, by the rules of the configuration.
// Not sound: one of a rule that has not changed came out differently, or a line is damaged.
[[nodiscard]] Result<RuleTestAnswer> replay_decisions(const std::string& path,
                                                      const std::string& config);

}  // namespace slewd::app
