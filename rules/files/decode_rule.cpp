// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/limits.hpp"
#include "rules/files/decode.hpp"
#include "rules/files/references.hpp"

namespace slewd::rules {
namespace {

constexpr Nanos kLongestPeriod = std::chrono::seconds(limits::kWindowSeconds);

Expression decode_condition(ObjectReader& reader, std::string_view key, const RuleFile& file) {
  std::string text;
  reader.get(key, text);
  // A value of the wrong kind has been reported already.
  const JsonValue* value = reader.member(key);
  if (value == nullptr || value->string() == nullptr) return {};
  Result<Expression> condition = Expression::compile(text, vocabulary_of(file));
  if (condition) return std::move(*condition);
  reader.problem(key, condition.error().message());
  return {};
}

RuleLimits decode_limits(ObjectReader& rule, JsonProblems& problems) {
  RuleLimits limits;
  const JsonValue* value = rule.member("limits");
  if (value == nullptr) return limits;
  ObjectReader reader(*value, rule.path_of("limits"), problems);
  reader.get("cooldown", limits.cooldown, 1s, kLongestPeriod);
  reader.get("per_hour", limits.per_hour, 1, 60);
  if (const JsonValue* breaker = reader.member("breaker"); breaker != nullptr) {
    ObjectReader inner(*breaker, reader.path_of("breaker"), problems);
    inner.get("failures", limits.breaker.failures, 1, 100);
    inner.get("half_open", limits.breaker.half_open, 1s, kLongestPeriod);
    inner.finish();
  }
  reader.finish();
  return limits;
}

constexpr std::array<EnumName<RulePhase>, 2> kPhases{
    {{"normal", RulePhase::normal}, {"pre_step", RulePhase::pre_step}}};
constexpr std::array<EnumName<StepExpiry>, 2> kExpiries{
    {{"slew", StepExpiry::slew}, {"step", StepExpiry::step}}};

void decode_trust(ObjectReader& rule, JsonProblems& problems, Trust& trust) {
  const JsonValue* value = rule.member("trust");
  if (value == nullptr) return;
  ObjectReader reader(*value, rule.path_of("trust"), problems);
  const auto duration = [&](std::string_view key, std::optional<Nanos>& out) {
    Nanos read{};
    reader.get(key, read, 1us, kLongestPeriod);
    if (reader.has(key)) out = read;
  };
  duration("max_bound", trust.max_bound);
  duration("max_age", trust.max_age);
  int sources = 1;
  reader.get("min_sources", sources, 1, static_cast<int>(limits::kSources));
  if (reader.has("min_sources")) trust.min_sources = sources;
  reader.finish();
}

void decode_deadline(ObjectReader& rule, JsonProblems& problems, StepDeadline& deadline) {
  const JsonValue* value = rule.member("deadline");
  if (value == nullptr) return;
  ObjectReader reader(*value, rule.path_of("deadline"), problems);
  reader.get("hooks", deadline.hooks, 1s, 1h);
  reader.get<StepExpiry>("on_expiry", deadline.on_expiry, kExpiries);
  reader.finish();
}

void decode_blockers(ObjectReader& reader, const RuleFile& file, Rule& rule) {
  std::vector<std::string> texts;
  reader.get("blockers", texts);
  if (texts.size() > limits::kBlockersPerRule)
    return reader.problem("blockers", "more than " + std::to_string(limits::kBlockersPerRule));
  for (const std::string& text : texts) {
    Result<Expression> blocker = Expression::compile(text, vocabulary_of(file));
    if (blocker)
      rule.blockers.push_back(std::move(*blocker));
    else
      reader.problem("blockers", "'" + text + "': " + blocker.error().message());
  }
}

void decode_gates(ObjectReader& reader, const RuleFile& file, Rule& rule) {
  reader.get("windows", rule.windows);
  for (const std::string& window : rule.windows)
    if (file.find_window(window) == nullptr)
      reader.problem("windows", R"("windows" of this file has no ')" + window + "'");
  reader.get("fleet", rule.fleet);
  if (reader.has("fleet") && file.find_lock(rule.fleet) == nullptr)
    reader.problem("fleet", R"("fleet" of this file has no lock ')" + rule.fleet + "'");
  decode_blockers(reader, file, rule);
}

// Only undo actions of a planned step are on disk for the fallback timer.
void check_fallback_timer(ObjectReader& reader, const Rule& rule) {
  const JsonValue* links = reader.member("do");
  if (rule.phase == RulePhase::pre_step || links == nullptr || links->array() == nullptr) return;
  const auto names_it = [](const JsonValue& link) {
    return link.find("fallback_timer") != nullptr;
  };
  if (std::ranges::any_of(*links->array(), names_it))
    reader.problem("do", R"("fallback_timer" is for rules with "phase": "pre_step")");
}

bool has_action(const std::vector<Link>& links, auto kind) {
  return std::ranges::any_of(
      links, [&](const Link& link) { return std::holds_alternative<decltype(kind)>(link.action); });
}

void check_phase(ObjectReader& reader, const Rule& rule) {
  const bool before = rule.phase == RulePhase::pre_step;
  for (const std::string_view key : {"after_step", "deadline"})
    if (!before && reader.has(key)) reader.problem(key, R"(is for rules with "phase": "pre_step")");
  for (const std::string_view key : {"fleet", "clear", "clear_for", "on_clear"})
    if (before && reader.has(key))
      reader.problem(key, "a pre_step rule is evaluated once, and undone when the step ends");
  for (const auto* const chain : {&rule.on_clear, &rule.after_step})
    if (has_action(*chain, VetoAction{}) || has_action(*chain, StepAction{}))
      reader.problem("do", "on_clear and after_step cannot contain \"step\" or \"veto\"");
  if (!before && has_action(rule.links, VetoAction{}))
    reader.problem("do", R"(only a rule with "phase": "pre_step" can veto a step)");
  if (before && has_action(rule.links, StepAction{}))
    reader.problem("do", "cannot request a step: one is announced when this rule is evaluated");
  const std::vector<std::string> facts = rule.when.reads();
  if (!before && std::ranges::find(facts, "step.pending") != facts.end())
    reader.problem("when", R"(only a rule with "phase": "pre_step" can read "step.pending")");
  if (before && rule.hold > 0s)
    reader.problem("for", "a pre_step rule is evaluated once, when the step is announced");
}

// failing() restarts at 0 whenever its probe was unknown: that alone must
// not count as the end of an incident.
void check_undoing(ObjectReader& reader, const Rule& rule) {
  if (rule.on_clear.empty() || reader.has("clear") || rule.clear_for > 0s) return;
  if (rule.when.calls(Function::failing))
    reader.problem("on_clear",
                   R"(needs "clear", for instance "probe.mail.login == ok", or "clear_for": )"
                   "failing() restarts at 0 whenever its probe was unknown");
}

void check_rule(ObjectReader& reader, const Rule& rule) {
  if (!reader.has("name"))
    reader.problem("name", "is missing");
  else if (!is_name(rule.name))
    reader.problem("name", bad_name(rule.name));
  if (!reader.has("when"))
    reader.problem("when", R"(is missing: the condition, for instance "abs(offset) > 128ms")");
  if (!reader.has("do")) reader.problem("do", "is missing: the list of actions");
  const JsonValue* actions = reader.member("do");
  if (actions != nullptr && actions->array() != nullptr && rule.links.empty())
    reader.problem("do",
                   R"(an action is needed; for a notification only, write [{"notify": "..."}])");
  check_phase(reader, rule);
  check_fallback_timer(reader, rule);
  check_undoing(reader, rule);
  if (rule.note.size() > limits::kRuleTextBytes)
    reader.problem("note", "longer than " + std::to_string(limits::kRuleTextBytes) + " bytes");
}

}  // namespace

Rule decode_rule(const JsonValue& value, const std::string& path, const RuleFile& file,
                 JsonProblems& problems) {
  Rule rule;
  rule.file = file.name;
  ObjectReader reader(value, path, problems);
  reader.get("name", rule.name);
  reader.get("note", rule.note);
  reader.get("runbook", rule.runbook);
  reader.get<RuleMode>("mode", rule.mode, kRuleModeNames);
  reader.get<RulePhase>("phase", rule.phase, kPhases);
  rule.when = decode_condition(reader, "when", file);
  reader.get("for", rule.hold, 0s, kLongestPeriod);
  Expression clear = decode_condition(reader, "clear", file);
  if (reader.has("clear")) rule.clear = std::move(clear);
  reader.get("clear_for", rule.clear_for, 0s, kLongestPeriod);
  rule.links = decode_links(reader, "do", file, problems);
  rule.on_clear = decode_links(reader, "on_clear", file, problems);
  rule.after_step = decode_links(reader, "after_step", file, problems);
  decode_trust(reader, problems, rule.trust);
  decode_deadline(reader, problems, rule.deadline);
  decode_gates(reader, file, rule);
  rule.limits = decode_limits(reader, problems);
  if (value.object() == nullptr) return rule;
  check_rule(reader, rule);
  reader.finish();
  return rule;
}

}  // namespace slewd::rules
