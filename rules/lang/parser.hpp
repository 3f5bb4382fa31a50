// SPDX-License-Identifier: Apache-2.0
// Builds the flat tree of a condition. Grammar, loosest first:
//   or; and; not; one comparison (< <= > >= == !=); + -; * /; unary -;
//   literal, name, function call, parentheses.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "rules/lang/expression.hpp"

namespace slewd::rules {

// Children before parents, root last; no names resolved. At most limits::kExpressionNodes nodes,
// nested at most limits::kExpressionDepth deep.
[[nodiscard]] Result<std::vector<Node>> parse_condition(std::string_view text);

}  // namespace slewd::rules
