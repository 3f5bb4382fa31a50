// SPDX-License-Identifier: Apache-2.0
// Checks that the targets, probes and commands to which rules refer exist.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/rule.hpp"

namespace slewd::rules {

[[nodiscard]] Vocabulary vocabulary_of(const RuleFile& file);

// What is wrong with the reference, with a suggestion; none if it is valid.
[[nodiscard]] std::optional<std::string> missing_probe(const std::string& probe,
                                                       const RuleFile& file);
// The target must exist and have a command for the verb, or a unit that is not protected by
// default.
[[nodiscard]] std::optional<std::string> missing_service(const ServiceAction& action,
                                                         const RuleFile& file);
// All invalid references of a rule: conditions, actions, verifications.
[[nodiscard]] std::vector<std::string> unmet_references(const Rule& rule, const RuleFile& file);

}  // namespace slewd::rules
