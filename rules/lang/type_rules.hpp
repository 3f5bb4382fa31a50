// SPDX-License-Identifier: Apache-2.0
// The dimensions that an operator accepts, and that of its result.
#pragma once

#include <optional>

#include "rules/lang/expression.hpp"

namespace slewd::rules {

// The dimension of `a op b` for + - * /; none when the two do not go together.
// Durations scale by plain numbers and ratios; equal dimensions divide to a ratio.
[[nodiscard]] std::optional<Dimension> arithmetic_result(Operator op, Dimension a, Dimension b);

// Whether values of these types compare with `op`. Only numbers have an order.
[[nodiscard]] bool comparable(Operator op, const Type& a, const Type& b);

[[nodiscard]] bool is_comparison(Operator op);
[[nodiscard]] std::string_view spelling(Operator op);

}  // namespace slewd::rules
