// SPDX-License-Identifier: Apache-2.0
// What a condition over the clock's facts says: a repair of the clock itself can be proved by it.
#pragma once

#include "agent/remedy/ports/probe.hpp"
#include "rules/lang/expression.hpp"
#include "rules/lang/value.hpp"

namespace slewd::remedy {

// ok: true. failed: false. unknown: a fact that decides is not known.
[[nodiscard]] ProbeResult judge_metric(const rules::Expression& condition,
                                       const rules::Value& value);

}  // namespace slewd::remedy
