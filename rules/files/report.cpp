// SPDX-License-Identifier: Apache-2.0
#include "rules/files/report.hpp"

#include <algorithm>

#include "base/duration.hpp"
#include "base/text.hpp"
#include "rules/lang/function_table.hpp"

namespace slewd::rules {
namespace {

std::string line(const std::string& key, const std::string& value) {
  constexpr std::size_t kIndent = 10;
  std::string text = "  " + key;
  if (text.size() < kIndent) text.resize(kIndent, ' ');
  return text + " " + value + "\n";
}

std::string describe_link(const Link& link) {
  std::string text = describe(link.action) + ", at most " + format(link.timeout);
  if (link.verify)
    text += "; verified by " + std::to_string(link.verify->successes) + " x " + link.verify->probe +
            " within " + format(link.verify->within);
  text += "; on failure: " + std::string(to_string(link.on_fail));
  if (link.undo) text += "; undo: " + describe(*link.undo);
  return text;
}

std::string describe_probe(const ProbeSpec& probe) {
  std::string text = probe.name + ": " + std::string(to_string(probe.type)) + " ";
  if (!probe.url.empty())
    text += probe.url;
  else if (!probe.argv.empty())
    text += describe(Action(RunAction{probe.argv, "", {}})).substr(4);
  else if (!probe.unit.empty())
    text += probe.unit;
  else if (probe.type == ProbeType::metric)
    text += probe.condition.text();
  else
    text += probe.host + ":" + std::to_string(probe.port);
  return text + " every " + format(probe.every);
}

std::string describe_target(const Target& target) {
  std::string text = target.unit.empty() ? "no unit" : target.unit;
  for (const auto& [verb, argv] : target.commands)
    text += "; " + std::string(to_string(verb)) + ": " +
            describe(Action(RunAction{argv, "", {}})).substr(4);
  for (const ProbeSpec& probe : target.probes) text += "; probe " + describe_probe(probe);
  for (const LogTrigger& log : target.logs)
    text += "; log " + log.name + ": " + (log.unit.empty() ? log.path : log.unit) + " matches '" +
            log.expression + "'";
  return text;
}

std::string help_for(const std::string& name) {
  const FactInfo* fact = find_fact(name);
  if (name.starts_with("unit.")) return "state of the target's unit";
  if (fact == nullptr) return "state of the probe or target: unknown, ok or failed";
  return std::string(fact->help);
}

std::string mode_in_force(const Rule& rule, const RuleFile& file) {
  const RuleMode most = file.limits().mode;
  std::string mode(to_string(std::min(rule.mode, most)));
  if (rule.mode > most) mode += ": " + std::string(to_string(rule.mode)) + " under a global mode";
  return mode;
}

// The value "unknown" is not listed: comparing with it is never true.
Type known(Type observed) {
  observed.symbols = observed.symbols.subspan(1);
  return observed;
}

std::string type_values(const Type& type) {
  if (type.dimension != Dimension::symbol) return std::string(to_string(type.dimension));
  return joined(type.symbols);
}

}  // namespace

std::string describe_rule(const Rule& rule, const RuleFile& file) {
  std::string text = rule.name + " (" + mode_in_force(rule, file) + ", " + rule.file + ")\n";
  if (!rule.note.empty()) text += line("note", rule.note);
  const bool before = rule.phase == RulePhase::pre_step;
  if (before)
    text += line("phase", "pre_step: all its actions within " + format(rule.deadline.hooks) +
                              ", else the offset is " +
                              (rule.deadline.on_expiry == StepExpiry::slew ? "slewed" : "stepped"));
  text += line("when", rule.when.text());
  if (!before) text += line("for", format(rule.hold));
  if (rule.clear) text += line("clear", rule.clear->text() + " for " + format(rule.clear_for));
  for (const std::string& name : rule.when.reads())
    text += line("reads", name + ": " + help_for(name));
  for (const Expression& blocker : rule.blockers) text += line("unless", blocker.text());
  for (const std::string& window : rule.windows) text += line("window", window);
  if (!rule.fleet.empty()) text += line("fleet", rule.fleet);
  for (const Link& link : rule.links) text += line("do", describe_link(link));
  for (const Link& link : rule.after_step) text += line("after", describe_link(link));
  for (const Link& link : rule.on_clear) text += line("cleared", describe_link(link));
  for (const Link& link : rule.links)
    if (const auto* service = std::get_if<ServiceAction>(&link.action); service != nullptr)
      if (const Target* target = file.find_target(service->target); target != nullptr) {
        text += line("target", target->name + ": " + describe_target(*target));
        break;
      }
  return text +
         line("limits", "cool-down " + format(rule.limits.cooldown) + ", at most " +
                            std::to_string(rule.limits.per_hour) + " in an hour, rests for " +
                            format(rule.limits.breaker.half_open) + " after " +
                            std::to_string(rule.limits.breaker.failures) + " failures");
}

std::vector<ReadableFact> readable_facts() {
  std::vector<ReadableFact> facts;
  for (const FactInfo& fact : fact_table())
    facts.push_back({std::string(fact.name), type_values(fact.type), fact.help});
  facts.push_back(
      {"probe.<target>.<probe>", type_values(known(probe_type())), "state of the probe"});
  facts.push_back({"probe.<target>", type_values(known(probe_type())),
                   "failed if any of its probes failed, ok if all are ok"});
  facts.push_back(
      {"unit.<target>", type_values(known(unit_type())), "systemd's state of the unit"});
  return facts;
}

}  // namespace slewd::rules
