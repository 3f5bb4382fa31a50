// SPDX-License-Identifier: Apache-2.0
// The rules that slewd ships, embedded at build (rules/builtin/). Those about its own clock act;
// those about services are in shadow or off, until an operator's copy in mode "act" takes their
// place.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {

// Name ("builtin/dovecot.json") and text of each file, in the order in which rules are judged.
[[nodiscard]] std::vector<std::pair<std::string, std::string_view>> builtin_rule_files();

// All of them, read and combined. An error in them is an error of the build: it ends the process.
[[nodiscard]] RuleFile builtin_rules();

}  // namespace slewd::rules
