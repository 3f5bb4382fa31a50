// SPDX-License-Identifier: Apache-2.0
// One evaluation that mattered, with all that it rested on: enough to come to the same decision
// again, bit for bit. Recorded by agent/remedy, replayed by replay.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/engine/evaluator.hpp"
#include "rules/engine/gates.hpp"
#include "rules/engine/rule_memory.hpp"

namespace slewd::rules {

// What a rule saw at one look.
struct Sight {
  MonoTime now;
  Evaluation when;
  std::optional<Evaluation> clear;
  std::vector<Evaluation> blockers;
  GateFacts facts;
};

struct Decision {
  std::string rule;
  std::string rule_hash;  // Rule::hash: tells whether a replay has the same rule
  bool dry_run = true;
  bool clears = false;  // about `on_clear`, not about `do`
  // What it rested on.
  Sight sight;
  RuleMemory before;  // of the look
  Surroundings around;
  // What was decided: stopped by a gate, or the intent.
  std::optional<ClosedGate> closed;
  std::uint64_t intent{};  // 0 when stopped
  std::string evidence;
};

}  // namespace slewd::rules
