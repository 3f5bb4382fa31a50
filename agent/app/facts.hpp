// SPDX-License-Identifier: Apache-2.0
// The snapshot and the agent's other observations as the facts of rules.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/snapshot.hpp"
#include "rules/facts.hpp"
#include "rules/status.hpp"

namespace slewd::app {

// The agent's observations beside the core's snapshot. What is unknown is left out.
struct Observations {
  std::vector<rules::ProbeView> probes;
  std::map<std::string, rules::UnitFact, std::less<>> units;             // by target
  std::map<std::string, std::vector<rules::LogFact>, std::less<>> logs;  // by trigger
  std::map<std::string, rules::SlotFact, std::less<>> fleet;             // by lock
  std::optional<std::string> storm;
  std::map<std::string, std::string, std::less<>> busy = {};    // by rule: see rules::Facts
  std::map<std::string, std::string, std::less<>> absent = {};  // the same
};

// As they stand at `now`.
[[nodiscard]] rules::Facts facts_of(const core::Snapshot& snapshot, const core::ClockReading& now,
                                    Observations seen);

}  // namespace slewd::app
