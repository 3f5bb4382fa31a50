// SPDX-License-Identifier: Apache-2.0
// The parts of a rule test, each decoded in its own file, and the names that they may use.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_reader.hpp"
#include "rules/test/rule_test.hpp"

namespace slewd::rules {

inline constexpr Nanos kLongestTest = std::chrono::hours(24 * 7);
// The end of the test, until it is known.
inline constexpr Nanos kWholeTest = Nanos::max();

// "facts": an object of names to values, or to objects of times to values.
[[nodiscard]] std::vector<TestSeries> decode_test_facts(ObjectReader& test, const RuleFile& rules,
                                                        JsonProblems& problems);
[[nodiscard]] std::vector<TestEvent> decode_test_events(ObjectReader& test, const RuleFile& rules,
                                                        JsonProblems& problems);
[[nodiscard]] std::vector<TestExpectation> decode_test_expectations(ObjectReader& test,
                                                                    const RuleFile& rules,
                                                                    JsonProblems& problems);

// The error for an unknown rule name, with a suggestion.
[[nodiscard]] std::string unknown_rule(const std::string& name, const RuleFile& rules);
// The same for an action as describe() writes it; none if a rule has it.
[[nodiscard]] std::optional<std::string> unknown_action(const std::string& action,
                                                        const RuleFile& rules);

}  // namespace slewd::rules
