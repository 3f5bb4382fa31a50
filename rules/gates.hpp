// The gates between a true condition and its action, in the order in which they are asked. Each is
// one function in a table: the first closed one stops the rule and says why.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "rules/rule.hpp"

namespace slewd::rules {

// What the gates of one rule look at. All times are monotonic.
struct GateInput {
  MonoTime now;
  const RuleLimits& limits;
  bool paused = false;
  std::string_view paused_reason;
  std::string_view busy_with;  // who is at work on a target of this rule; empty = nobody
  std::optional<MonoTime> cool_until;
  const std::deque<MonoTime>& decisions;  // of this rule, oldest first
};

struct ClosedGate {
  Gate gate;
  std::string reason;  // "cool-down for another 4m12s"
};

// Order: paused, busy, cooldown, budget. None = all open.
[[nodiscard]] std::optional<ClosedGate> first_closed_gate(const GateInput& input);

}  // namespace slewd::rules
