// What a condition over the clock's facts says: a repair of the clock itself can be proved by it.
#pragma once

#include "agent/remedy/probe.hpp"
#include "rules/expression.hpp"
#include "rules/value.hpp"

namespace slewd::remedy {

// ok: true. failed: false. unknown: a fact that decides is not known.
[[nodiscard]] ProbeResult judge_metric(const rules::Expression& condition,
                                       const rules::Value& value);

}  // namespace slewd::remedy
