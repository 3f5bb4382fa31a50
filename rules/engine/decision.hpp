// SPDX-License-Identifier: Apache-2.0
// One evaluation with consequences, and all its inputs: enough to repeat the same decision
// bit for bit. Recorded by agent/remedy, replayed by replay.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/engine/evaluator.hpp"
#include "rules/engine/gates.hpp"
#include "rules/engine/rule_memory.hpp"

namespace slewd::rules {

// What a rule read in one evaluation.
struct Readings {
  MonoTime now;
  Evaluation when;
  std::optional<Evaluation> clear;
  std::vector<Evaluation> blockers;
  GateFacts facts;
};

struct Decision {
  std::string rule;
  std::string rule_hash;  // Rule::hash: shows whether a replay has the same rule
  bool dry_run = true;
  bool clears = false;  // about `on_clear`, not about `do`
  // Its inputs.
  Readings readings;
  RuleMemory before;  // the evaluation
  GateContext context;
  // What was decided: stopped by a gate, or the intent.
  std::optional<ClosedGate> closed;
  std::uint64_t intent{};  // 0 when stopped
  std::string evidence;
};

}  // namespace slewd::rules
