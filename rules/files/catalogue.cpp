// SPDX-License-Identifier: Apache-2.0
#include "rules/files/catalogue.hpp"

#include "base/check.hpp"
#include "rules/files/rule_file.hpp"

namespace slewd::rules {

RuleFile builtin_rules() {
  std::vector<RuleFile> files;
  for (const auto& [name, text] : builtin_rule_files()) {
    Result<RuleFile> file = parse_rule_file(text, name);
    SLEWD_CHECK(file.has_value());
    for (Rule& rule : file->rules) rule.shipped = true;
    files.push_back(std::move(*file));
  }
  Result<RuleFile> all = merge_rule_files(std::move(files));
  SLEWD_CHECK(all.has_value());
  return std::move(*all);
}

}  // namespace slewd::rules
