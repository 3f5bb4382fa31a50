// SPDX-License-Identifier: Apache-2.0
// The house rules that a machine can check. Each policy says what it forbids, what would be right,
// and carries examples: a text that it must catch and one that it must let pass.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/policy/source_file.hpp"

namespace slewd::policy {

struct Finding {
  int line = 0;      // 1-based
  std::string what;  // what stands there
};

struct Example {
  std::string path;
  std::string text;
};

struct Policy {
  std::string name;   // snake_case, the name of its test
  std::string right;  // what would be right
  std::vector<Finding> (*check)(const SourceFile& file);
  std::vector<Example> bad;   // each must be caught
  std::vector<Example> good;  // none may be caught
};

// Every policy, in the order of the files below.
[[nodiscard]] const std::vector<Policy>& policies();

// "path:line: name: what; right: ...", one line for people and editors.
[[nodiscard]] std::string describe(const SourceFile& file, const Policy& policy,
                                   const Finding& finding);

[[nodiscard]] std::vector<Policy> arrow_policies();  // arrows.cpp
[[nodiscard]] std::vector<Policy> ban_policies();    // bans.cpp
[[nodiscard]] std::vector<Policy> text_policies();   // text_policies.cpp
[[nodiscard]] std::vector<Policy> word_policies();   // words.cpp

}  // namespace slewd::policy
