// SPDX-License-Identifier: Apache-2.0
// Resolves the names of a parsed condition and checks its types and units, so that evaluation
// cannot fail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "rules/lang/expression.hpp"

namespace slewd::rules {

// Fills in fact, probe, type and window of every node. The root must be true or false.
[[nodiscard]] Result<void> check_condition(std::string_view text, const Vocabulary& vocabulary,
                                           std::vector<Node>& nodes);

}  // namespace slewd::rules
