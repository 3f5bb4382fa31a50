#include <array>

#include "base/limits.hpp"
#include "rules/decode.hpp"
#include "rules/references.hpp"

namespace slewd::rules {
namespace {

constexpr std::array<EnumName<RuleMode>, 3> kModes{
    {{"off", RuleMode::off}, {"shadow", RuleMode::shadow}, {"act", RuleMode::act}}};
constexpr Nanos kLongest = std::chrono::seconds(limits::kWindowSeconds);

Expression decode_condition(ObjectReader& reader, std::string_view key, const RuleFile& file) {
  std::string text;
  reader.get(key, text);
  // A value of another kind has been reported already.
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
  reader.get("cooldown", limits.cooldown, 1s, kLongest);
  reader.get("per_hour", limits.per_hour, 1, 60);
  reader.finish();
  return limits;
}

void decode_links(ObjectReader& reader, const RuleFile& file, JsonProblems& problems, Rule& rule) {
  reader.each("do", [&](const JsonValue& value, const std::string& path) {
    if (rule.links.size() == limits::kActionsPerRule)
      return problems.add(
          value.line(), path,
          "more than " + std::to_string(limits::kActionsPerRule) + " actions in one rule");
    rule.links.push_back(decode_link(value, path, file, problems));
  });
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
    reader.problem("do", R"(an action is needed; to be told only, write [{"notify": "..."}])");
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
  reader.get<RuleMode>("mode", rule.mode, kModes);
  rule.when = decode_condition(reader, "when", file);
  reader.get("for", rule.hold, 0s, kLongest);
  Expression clear = decode_condition(reader, "clear", file);
  if (reader.has("clear")) rule.clear = std::move(clear);
  reader.get("clear_for", rule.clear_for, 0s, kLongest);
  decode_links(reader, file, problems, rule);
  rule.limits = decode_limits(reader, problems);
  if (value.object() == nullptr) return rule;
  check_rule(reader, rule);
  reader.finish();
  return rule;
}

}  // namespace slewd::rules
