// SPDX-License-Identifier: Apache-2.0
// Which rules are about services that this machine does not have.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "rules/rule.hpp"

namespace slewd::rules {

enum class Presence { unknown, present, absent };
// By target: whether its unit is installed.
using Presences = std::map<std::string, Presence, std::less<>>;

// The targets with a unit, and without commands of their own, that the rule names.
[[nodiscard]] std::vector<std::string> services_of(const Rule& rule, const RuleFile& file);
// Of a shipped rule: absent when it names services and none of them is installed, unknown as long
// as one of them may be. A rule of the operator's is always present.
[[nodiscard]] Presence presence_of(const Rule& rule, const RuleFile& file, const Presences& known);
// By rule: "dovecot.service is not installed".
using Absences = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] Absences absent_rules(const RuleFile& file, const Presences& known);
// By rule, of the shipped ones: those that act on a Kubernetes node, where there is none: `why`.
[[nodiscard]] Absences without_node(const RuleFile& file, const std::string& why);
// The file with every rule switched off whose services may be absent.
[[nodiscard]] RuleFile only_present(RuleFile file, const Presences& known);

}  // namespace slewd::rules
