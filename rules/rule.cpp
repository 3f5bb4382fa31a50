#include "rules/rule.hpp"

#include <algorithm>

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

std::vector<std::string> probes_of(const Rule& rule, const RuleFile& file) {
  std::vector<std::string> names;
  const auto used = [&](const std::string& probe) {
    if (reads_probe(rule.when, probe) || (rule.clear && reads_probe(*rule.clear, probe)))
      return true;
    return std::ranges::any_of(
        rule.links, [&](const Link& link) { return link.verify && link.verify->probe == probe; });
  };
  for (const Target& target : file.targets)
    for (const ProbeSpec& probe : target.probes)
      if (used(probe.name)) names.push_back(probe.name);
  return names;
}

std::vector<std::string> probes_in_use(const RuleFile& file) {
  std::vector<std::string> names;
  for (const Rule& rule : file.rules) {
    if (rule.mode == RuleMode::off) continue;
    for (std::string& name : probes_of(rule, file))
      if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace slewd::rules
