// SPDX-License-Identifier: Apache-2.0
#include "rules/engine/presence.hpp"

#include <algorithm>
#include <variant>

#include "base/text.hpp"

namespace slewd::rules {

std::vector<std::string> services_of(const Rule& rule, const RuleFile& file) {
  std::vector<std::string> services;
  for (const std::string& name : targets_named_by(rule)) {
    const Target* target = file.find_target(name);
    if (target != nullptr && !target->unit.empty() && target->commands.empty())
      services.push_back(name);
  }
  return services;
}

Presence presence_of(const Rule& rule, const RuleFile& file, const Presences& known) {
  if (!rule.shipped) return Presence::present;
  const std::vector<std::string> services = services_of(rule, file);
  if (services.empty()) return Presence::present;
  bool unknown = false;
  for (const std::string& service : services) {
    const auto found = known.find(service);
    const Presence presence = found == known.end() ? Presence::unknown : found->second;
    if (presence == Presence::present) return Presence::present;
    unknown = unknown || presence == Presence::unknown;
  }
  return unknown ? Presence::unknown : Presence::absent;
}

Absences absent_rules(const RuleFile& file, const Presences& known) {
  Absences absent;
  for (const Rule& rule : file.rules) {
    if (presence_of(rule, file, known) != Presence::absent) continue;
    const std::vector<std::string> services = services_of(rule, file);
    std::string& why = absent[rule.name];
    for (const std::string& service : services) append_item(why, file.find_target(service)->unit);
    why += services.size() == 1 ? " is not installed" : " are not installed";
  }
  return absent;
}

Absences without_node(const RuleFile& file, const std::string& why) {
  Absences absent;
  for (const Rule& rule : file.rules) {
    const bool of_node = std::ranges::any_of(rule.links, [](const Link& link) {
      return std::holds_alternative<NodeConditionAction>(link.action) ||
             std::holds_alternative<NodeEventAction>(link.action) ||
             std::holds_alternative<NodeTaintAction>(link.action);
    });
    if (rule.shipped && of_node) absent[rule.name] = why;
  }
  return absent;
}

RuleFile only_present(RuleFile file, const Presences& known) {
  std::vector<bool> present;
  for (const Rule& rule : file.rules)
    present.push_back(presence_of(rule, file, known) == Presence::present);
  for (std::size_t i = 0; i < present.size(); ++i)
    if (!present[i]) file.rules[i].mode = RuleMode::off;
  return file;
}

}  // namespace slewd::rules
