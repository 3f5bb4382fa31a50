// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/dispatch/action_tally.hpp"

#include <set>

namespace slewd::remedy {

using rules::ActionCounters;
using rules::Ending;

void ActionTally::configure(const std::vector<rules::Rule>& rules) {
  std::set<Key> shown;
  for (const rules::Rule& rule : rules)
    for (const auto* const chain : {&rule.links, &rule.on_clear, &rule.after_step})
      for (const rules::Link& link : *chain) {
        const std::string action = rules::describe(link.action);
        shown.emplace(rule.name, action);
        counters(rule.name, action);
      }
  std::erase_if(counters_, [&](const auto& entry) {
    return !shown.contains(entry.first) && !entry.second.in_progress;
  });
}

ActionCounters& ActionTally::counters(const std::string& rule, const std::string& action) {
  ActionCounters& found = counters_[{rule, action}];
  found.action = action;
  return found;
}

void ActionTally::begin(const std::string& rule, const std::string& action) {
  ActionCounters& counted = counters(rule, action);
  ++counted.attempts;
  counted.in_progress = true;
}

void ActionTally::end(const std::string& rule, const std::string& action, Ending ending,
                      MonoTime at, WallTime wall) {
  ActionCounters& counted = counters(rule, action);
  counted.in_progress = false;
  if (ending != Ending::done && ending != Ending::verified) {
    ++counted.failures;
    return;
  }
  if (ending == Ending::verified) ++counted.verified;
  counted.last_success = at;
  counted.last_success_wall = wall;
}

std::vector<ActionCounters> ActionTally::of(std::string_view rule) const {
  std::vector<ActionCounters> found;
  for (const auto& [key, counted] : counters_)
    if (key.first == rule) found.push_back(counted);
  return found;
}

}  // namespace slewd::remedy
