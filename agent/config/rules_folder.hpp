// SPDX-License-Identifier: Apache-2.0
// The folder of rule files: each stands for itself, so that one bad file costs no other.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/fingerprint.hpp"
#include "rules/rule.hpp"

namespace slewd::app {

// What a file had in it when it came into force, by path.
using RuleTexts = std::map<std::string, std::string>;

struct RulesFolder {
  rules::RuleFile rules;
  RuleTexts texts;
  std::vector<std::string> warnings;  // of files that others can write
  std::vector<std::string> refused;   // files whose present text is not in force, and why
};

// Reads the folder's *.json by name, each over what is in force already. Of a file that cannot be
// read or is wrong, the text that `former` has stays in force; one that is gone is gone.
// `fingerprint` gets every byte in force.
[[nodiscard]] RulesFolder read_rules_folder(const std::string& folder, rules::RuleFile base,
                                            const RuleTexts& former, Fingerprint& fingerprint);

}  // namespace slewd::app
