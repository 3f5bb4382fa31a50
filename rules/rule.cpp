// SPDX-License-Identifier: Apache-2.0
#include "rules/rule.hpp"

#include <algorithm>

#include "base/fingerprint.hpp"

namespace slewd::rules {
namespace {

template <class List>
auto find_named(const List& list, std::string_view name) -> decltype(list.data()) {
  const auto found =
      std::ranges::find_if(list, [&](const auto& element) { return element.name == name; });
  return found == list.end() ? nullptr : &*found;
}

// `name` is a probe or a target, which stands for all its probes.
bool reads_probe(const Expression& expression, const std::string& probe) {
  return std::ranges::any_of(expression.nodes(), [&](const Node& node) {
    return node.kind == NodeKind::probe &&
           (node.word == probe || probe.starts_with(node.word + "."));
  });
}

bool any_expression(const Rule& rule, const auto& holds) {
  return holds(rule.when) || (rule.clear && holds(*rule.clear)) ||
         std::ranges::any_of(rule.blockers, holds);
}

std::string target_of(const std::string& probe) { return probe.substr(0, probe.find('.')); }

bool reads_log(const Node& node) {
  return node.kind == NodeKind::call &&
         (node.function == Function::logged || node.function == Function::captured ||
          node.function == Function::broken_by_log);
}

// Calls that ask whether a jump, or the event of a log line, broke a probe.
void each_blame(const Rule& rule, const auto& visit) {
  any_expression(rule, [&](const Expression& each) {
    for (const Node& node : each.nodes()) {
      if (node.kind != NodeKind::call ||
          (node.function != Function::broken_by_jump && node.function != Function::broken_by_log))
        continue;
      const Node& subject = each.nodes()[node.children[0]];
      if (subject.kind == NodeKind::probe) visit(subject.word, node.window);
    }
    return false;
  });
}

// The shortest time that the rule looks back for a cause of the probe's failure; none = it does
// not.
std::optional<Nanos> looks_back(const Rule& rule, const std::string& probe) {
  std::optional<Nanos> shortest;
  each_blame(rule, [&](const std::string& subject, Nanos window) {
    if (subject == probe || probe.starts_with(subject + "."))
      shortest = std::min(shortest.value_or(window), window);
  });
  return shortest;
}

// Before a step it must be known whether a target is up: by its probes where systemd is not used.
bool guards_by(const Rule& rule, const Target& target) {
  const bool by_probes = target.unit.empty() || target.command(Verb::stop) != nullptr;
  const auto acts_on = [&](const Link& link) {
    const auto* service = std::get_if<ServiceAction>(&link.action);
    return service != nullptr && service->target == target.name;
  };
  return rule.phase == RulePhase::pre_step && by_probes &&
         (std::ranges::any_of(rule.links, acts_on) ||
          std::ranges::any_of(rule.after_step, acts_on));
}

bool proves(const Rule& rule, const std::string& probe) {
  const auto by = [&](const Link& link) { return link.verify && link.verify->probe == probe; };
  return std::ranges::any_of(rule.links, by) || std::ranges::any_of(rule.on_clear, by) ||
         std::ranges::any_of(rule.after_step, by);
}

std::vector<std::string> words_of(const Rule& rule, NodeKind kind) {
  std::vector<std::string> words;
  any_expression(rule, [&](const Expression& each) {
    for (const Node& node : each.nodes())
      if (node.kind == kind) words.push_back(node.word);
    return false;
  });
  return words;
}

// Each name once, in the order in which the rules ask for it.
std::vector<std::string> in_use(const RuleFile& file, const auto& names_of) {
  std::vector<std::string> names;
  for (const Rule& rule : file.rules) {
    if (rule.mode == RuleMode::off) continue;
    for (std::string& name : names_of(rule))
      if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

const std::vector<std::string>* Target::command(Verb verb) const {
  for (const auto& [of_verb, argv] : commands)
    if (of_verb == verb) return &argv;
  return nullptr;
}

const Target* RuleFile::find_target(std::string_view target) const {
  return find_named(targets, target);
}

const Rule* RuleFile::find_rule(std::string_view rule) const { return find_named(rules, rule); }

const ProbeSpec* RuleFile::find_probe(std::string_view probe) const {
  for (const Target& target : targets)
    if (const ProbeSpec* found = find_named(target.probes, probe); found != nullptr) return found;
  return nullptr;
}

const GlobalLimits& RuleFile::limits() const {
  static const GlobalLimits kDefaults;
  return global ? *global : kDefaults;
}

const LogTrigger* RuleFile::find_log(std::string_view trigger) const {
  for (const Target& target : targets)
    if (const LogTrigger* found = find_named(target.logs, trigger); found != nullptr) return found;
  return nullptr;
}

const MaintenanceWindow* RuleFile::find_window(std::string_view window) const {
  return find_named(windows, window);
}

const FleetLock* RuleFile::find_lock(std::string_view lock) const {
  return find_named(fleet, lock);
}

Reach Rule::reach() const {
  Reach widest = Reach::self;
  for (const auto* const chain : {&links, &on_clear, &after_step})
    for (const Link& link : *chain) widest = std::max(widest, reach_of(link.action));
  return widest;
}

std::string Rule::undo_hash() const {
  if (on_clear.empty()) return {};
  Fingerprint fingerprint;
  for (const Link& link : on_clear) {
    fingerprint.add(describe(link.action));
    if (const auto* hook = std::get_if<WebhookAction>(&link.action))
      fingerprint.add(hook->url + hook->url_file);
  }
  return fingerprint.text();
}

std::string_view weak_reason(ProbeType type) {
  switch (type) {
    case ProbeType::tcp:
      return "an open port does not show that the service works";
    case ProbeType::banner:
      return "a service can greet while its logins hang";
    case ProbeType::unit:
      return "a unit can be active while its service does not work";
    default:
      return {};
  }
}

std::vector<std::string> targets_named_by(const Rule& rule) {
  std::vector<std::string> names = words_of(rule, NodeKind::unit);
  for (const std::string& probe : words_of(rule, NodeKind::probe))
    names.push_back(target_of(probe));
  any_expression(rule, [&](const Expression& each) {
    for (const Node& node : each.nodes())
      if (reads_log(node)) names.push_back(target_of(node.word));
    return false;
  });
  for (const auto* const chain : {&rule.links, &rule.on_clear, &rule.after_step})
    for (const Link& link : *chain) {
      if (const auto* service = std::get_if<ServiceAction>(&link.action); service != nullptr)
        names.push_back(service->target);
      if (link.verify) names.push_back(target_of(link.verify->probe));
    }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<std::string> probes_of(const Rule& rule, const RuleFile& file) {
  std::vector<std::string> names;
  const auto used = [&](const std::string& probe) {
    return any_expression(rule, [&](const Expression& each) { return reads_probe(each, probe); }) ||
           proves(rule, probe);
  };
  for (const Target& target : file.targets)
    for (const ProbeSpec& probe : target.probes)
      if (used(probe.name) || guards_by(rule, target)) names.push_back(probe.name);
  return names;
}

std::vector<std::string> probes_touched_by(const Action& action,
                                           const std::vector<Target>& targets) {
  std::vector<std::string> names;
  const auto* service = std::get_if<ServiceAction>(&action);
  if (service == nullptr) return names;
  for (const Target& target : targets)
    if (target.name == service->target)
      for (const ProbeSpec& probe : target.probes) names.push_back(probe.name);
  return names;
}

std::vector<std::string> probes_in_use(const RuleFile& file) {
  return in_use(file, [&](const Rule& rule) { return probes_of(rule, file); });
}

Nanos rest_interval(const ProbeSpec& probe, const RuleFile& file) {
  constexpr Nanos kRest = 30s;
  constexpr int kRunsLookedBack = 4;
  std::optional<Nanos> rest;
  for (const Rule& rule : file.rules) {
    if (rule.mode == RuleMode::off) continue;
    const auto window = looks_back(rule, probe.name);
    if (window) rest = std::min({rest.value_or(kRest), *window / kRunsLookedBack});
    const bool reads =
        any_expression(rule, [&](const Expression& each) { return reads_probe(each, probe.name); });
    const Target* target = file.find_target(target_of(probe.name));
    if (!window && (reads || (target != nullptr && guards_by(rule, *target)))) return probe.every;
  }
  return std::max(rest.value_or(probe.every), probe.every);
}

Nanos longest_blame(const RuleFile& file) {
  Nanos longest{};
  for (const Rule& rule : file.rules)
    if (rule.mode != RuleMode::off)
      each_blame(rule,
                 [&](const std::string&, Nanos window) { longest = std::max(longest, window); });
  return longest;
}

std::vector<std::string> units_in_use(const RuleFile& file) {
  std::vector<std::string> targets = in_use(file, [&](const Rule& rule) {
    std::vector<std::string> needed = words_of(rule, NodeKind::unit);
    for (const std::string& name : probes_of(rule, file))
      if (file.find_probe(name)->type == ProbeType::unit || looks_back(rule, name))
        needed.push_back(target_of(name));
    // Before a stop it must be known whether the unit was active.
    for (const Link& link : rule.links)
      if (const auto* service = std::get_if<ServiceAction>(&link.action); service != nullptr)
        if (const Target* target = file.find_target(service->target);
            target != nullptr && !target->unit.empty())
          needed.push_back(target->name);
    return needed;
  });
  for (const Rule& rule : file.rules)
    for (const std::string& name :
         rule.shipped ? targets_named_by(rule) : std::vector<std::string>())
      if (const Target* target = file.find_target(name);
          target != nullptr && !target->unit.empty() &&
          std::ranges::find(targets, name) == targets.end())
        targets.push_back(name);
  return targets;
}

bool asks_for_other_nodes(const RuleFile& file) {
  return file.limits().storm_share.has_value() ||
         std::ranges::any_of(file.fleet,
                             [](const FleetLock& lock) { return lock.min_healthy > 0; });
}

bool acts_on_units(const RuleFile& file) {
  const auto by_unit = [&](const Link& link) {
    const auto* service = std::get_if<ServiceAction>(&link.action);
    const Target* target = service == nullptr ? nullptr : file.find_target(service->target);
    return target != nullptr && target->command(service->verb) == nullptr;
  };
  return std::ranges::any_of(file.rules, [&](const Rule& rule) {
    return std::min(rule.mode, file.limits().mode) == RuleMode::act &&
           (std::ranges::any_of(rule.links, by_unit) ||
            std::ranges::any_of(rule.on_clear, by_unit) ||
            std::ranges::any_of(rule.after_step, by_unit));
  });
}

std::vector<std::string> logs_in_use(const RuleFile& file) {
  return in_use(file, [](const Rule& rule) {
    std::vector<std::string> names;
    any_expression(rule, [&](const Expression& each) {
      for (const Node& node : each.nodes())
        if (reads_log(node)) names.push_back(node.word);
      return false;
    });
    return names;
  });
}

}  // namespace slewd::rules
