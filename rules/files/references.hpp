// SPDX-License-Identifier: Apache-2.0
// What rules refer to in the targets of their file, and whether it is there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/rule.hpp"

namespace slewd::rules {

[[nodiscard]] Vocabulary vocabulary_of(const RuleFile& file);

// What is wrong with the reference, with a suggestion; none when it is met.
[[nodiscard]] std::optional<std::string> missing_probe(const std::string& probe,
                                                       const RuleFile& file);
// The target must exist and have a command for the verb, or a unit that is not out of bounds for
// everybody.
[[nodiscard]] std::optional<std::string> missing_service(const ServiceAction& action,
                                                         const RuleFile& file);
// All unmet references of a rule: conditions, actions, verifications.
[[nodiscard]] std::vector<std::string> unmet_references(const Rule& rule, const RuleFile& file);

}  // namespace slewd::rules
