// SPDX-License-Identifier: Apache-2.0
// Runs a checked condition over the facts of one moment: one pass, no recursion, no allocation
// beyond the values of its nodes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rules/engine/probe_memory.hpp"
#include "rules/lang/expression.hpp"
#include "rules/window.hpp"

namespace slewd::rules {

// What one condition remembers between evaluations: a window for each max_over and min_over.
using WindowMemory = std::map<std::uint32_t, Window>;

struct Evaluation {
  std::vector<Value> values;  // one for each node
  // Why broken_by_jump() and similar functions have their values, by node; not part of a recorded
  // decision.
  std::map<std::uint32_t, std::string> reasons;

  [[nodiscard]] Value truth() const { return values.empty() ? Value() : values.back(); }
};

[[nodiscard]] Evaluation evaluate(const Expression& expression, const Facts& facts, MonoTime now,
                                  const ProbeMemory& probes, WindowMemory& windows,
                                  const HeldBack& held = {});

// The same from what an earlier evaluation read: its facts, functions of facts and windows are
// kept, everything else is computed again. From an evaluation of another condition all is Unknown.
[[nodiscard]] Evaluation evaluate_again(const Expression& expression, const Evaluation& earlier);

// The clauses of the condition with their values filled in:
// "backward_step(200s)=11s >= 1s: true; failing(imap.login)=400ms >= 0s: true".
[[nodiscard]] std::string explain(const Expression& expression, const Evaluation& evaluation);
// The same with the reasons: "broken_by_jump(imap.login, 200s): false (imap.login works)".
[[nodiscard]] std::string explain_why(const Expression& expression, const Evaluation& evaluation);

}  // namespace slewd::rules
