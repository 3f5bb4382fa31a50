// SPDX-License-Identifier: Apache-2.0
// The gates between a true condition and its action, in the order in which they are checked. The
// first closed one stops the rule and says why.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/engine/rule_memory.hpp"
#include "rules/facts.hpp"

namespace slewd::rules {

// The facts that gates read, apart from conditions.
struct GateFacts {
  std::optional<double> bound;       // s
  std::optional<double> update_age;  // s
  std::optional<double> boot_age;    // s
  std::optional<double> sources;     // that make up the estimate
  std::optional<bool> synchronized;
  std::optional<TrueTime> true_time;
  std::optional<std::string> storm;  // why it is one
  std::optional<SlotFact> slot;      // of the rule's lock
};
[[nodiscard]] GateFacts gate_facts(const Facts& facts, const Rule& rule, MonoTime now);

// What else a rule's gates check: the state of the engine.
struct GateContext {
  std::string paused;     // why no rule acts; empty = they may
  std::string held;       // why no rule acts on services; empty = they may
  std::string busy_with;  // which rule or program acts on a target of this rule; empty = none
  int host_actions = 0;   // on services and nodes, by all rules, in the last hour
};

struct GateInput {
  MonoTime now;
  const Rule& rule;
  const RuleFile& file;  // windows and global limits
  bool dry_run = true;
  const RuleMemory& memory;
  const GateFacts& facts;
  const GateContext& context;
  std::span<const Value> blockers;  // the truth of each of the rule's
};

struct ClosedGate {
  Gate gate = Gate::quality;
  std::string reason;  // "cool-down for another 4m12s"

  friend bool operator==(const ClosedGate&, const ClosedGate&) = default;
};
// The present state of every gate, dry_run last.
[[nodiscard]] std::vector<GateView> gate_views(const GateInput& input);
// None = all open. A dry run stops nothing; at the end of an episode (`clearing`) only an
// operator's pause and another running action stop `on_clear`.
[[nodiscard]] std::optional<ClosedGate> first_closed_gate(std::span<const GateView> views,
                                                          bool clearing);

}  // namespace slewd::rules
