// SPDX-License-Identifier: Apache-2.0
#include "rules/files/references.hpp"

#include "rules/lang/name_help.hpp"
#include "rules/unit_guard.hpp"

namespace slewd::rules {

Vocabulary vocabulary_of(const RuleFile& file) {
  Vocabulary vocabulary;
  for (const Target& target : file.targets) {
    vocabulary.targets.push_back(target.name);
    for (const ProbeSpec& probe : target.probes) vocabulary.probes.push_back(probe.name);
    if (!target.unit.empty()) vocabulary.units.push_back(target.name);
    for (const LogTrigger& log : target.logs) vocabulary.logs.push_back({log.name, log.captures});
  }
  return vocabulary;
}

std::optional<std::string> missing_probe(const std::string& probe, const RuleFile& file) {
  if (file.find_probe(probe) != nullptr) return std::nullopt;
  Vocabulary vocabulary = vocabulary_of(file);
  vocabulary.targets.clear();  // a whole target cannot verify an action
  return unknown_probe(probe, vocabulary);
}

std::optional<std::string> missing_service(const ServiceAction& action, const RuleFile& file) {
  const Target* target = file.find_target(action.target);
  if (target == nullptr) {
    std::vector<std::string_view> names;
    for (const Target& known : file.targets) names.push_back(known.name);
    return "unknown target '" + action.target + "'" +
           (names.empty() ? "; this file defines none" : near_or_known(action.target, names));
  }
  if (target->command(action.verb) != nullptr) return std::nullopt;
  // Units that the operator protects are refused when a rule acts: a shipped rule may name them.
  if (!target->unit.empty()) return why_protected(target->unit, {});
  const std::string verb(to_string(action.verb));
  return "target '" + action.target + "' has neither a unit nor a command for '" + verb +
         R"('; add "unit" or "commands": {")" + verb + "\": [...]} to it";
}

std::vector<std::string> unmet_references(const Rule& rule, const RuleFile& file) {
  std::vector<std::string> unmet;
  const Vocabulary vocabulary = vocabulary_of(file);
  const auto add = [&](std::optional<std::string> problem) {
    if (problem) unmet.push_back(std::move(*problem));
  };
  // The rule's targets may have been redefined: its conditions are checked against them again.
  const auto check = [&](const Expression& condition) {
    if (const auto again = Expression::compile(condition.text(), vocabulary); !again)
      add(again.error().message());
  };
  check(rule.when);
  if (rule.clear) check(*rule.clear);
  for (const Expression& blocker : rule.blockers) check(blocker);
  for (const auto* const chain : {&rule.links, &rule.on_clear, &rule.after_step})
    for (const Link& link : *chain) {
      if (const auto* service = std::get_if<ServiceAction>(&link.action); service != nullptr)
        add(missing_service(*service, file));
      if (link.verify) add(missing_probe(link.verify->probe, file));
    }
  return unmet;
}

}  // namespace slewd::rules
