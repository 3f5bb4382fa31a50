// SPDX-License-Identifier: Apache-2.0
// The folder of rule files: a bad file does not affect the others.
#pragma once

#include <string>
#include <vector>

#include "agent/config/drop_in_files.hpp"
#include "base/fingerprint.hpp"
#include "rules/rule.hpp"

namespace slewd::app {

using RuleTexts = DropInTexts;

struct RulesFolder {
  rules::RuleFile rules;
  RuleTexts texts;
  std::vector<std::string> warnings;  // of files that others can write
  std::vector<std::string> refused;   // files whose current text is not in force, and why
};

// Reads the folder's *.json in the order of names, each on top of the rules so far. For a file that
// cannot be read or is invalid the text of `former` stays in force; a removed file is dropped.
// `fingerprint` gets every byte in force.
[[nodiscard]] RulesFolder read_rules_folder(const std::string& folder, rules::RuleFile base,
                                            const RuleTexts& former, Fingerprint& fingerprint);

}  // namespace slewd::app
