// SPDX-License-Identifier: Apache-2.0
// The rules' answer to an announced planned step: whether it may happen, and its hooks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/timeline.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {

// One pre_step rule whose condition holds.
struct StepHooks {
  std::uint64_t id{};  // of its intent in the ledger
  std::string rule;
  bool dry_run = true;       // shadow: shown, not done
  std::string evidence;      // the facts that made its condition true
  std::vector<Link> before;  // all of them run, in this order
  std::vector<Link> after;   // likewise, after the step or after it was given up
  StepDeadline deadline;
};

struct StepPlan {
  Nanos size{};         // that was announced; negative = backward
  std::string refused;  // the rule and its reason: a veto, or a closed gate; empty = it may be
  std::vector<StepHooks> hooks;
};

}  // namespace slewd::rules
