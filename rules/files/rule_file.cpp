// SPDX-License-Identifier: Apache-2.0
#include "rules/files/rule_file.hpp"

#include <algorithm>
#include <utility>

#include "base/fingerprint.hpp"
#include "base/json_document.hpp"
#include "base/json_reader.hpp"
#include "base/json_text.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "rules/files/decode.hpp"
#include "rules/files/references.hpp"

namespace slewd::rules {
namespace {

void decode_schema(ObjectReader& reader) {
  std::string schema(kRuleSchema);
  reader.get("schema", schema);
  const std::string wanted = R"("schema": ")" + std::string(kRuleSchema) + "\"";
  if (!reader.has("schema")) return reader.problem("schema", "is missing; write " + wanted);
  if (schema != kRuleSchema)
    reader.problem("schema", "'" + schema + "' is not supported; write " + wanted);
}

// The members of an object, each under its name, at most so many.
template <class Decode>
void decode_named(ObjectReader& reader, std::string_view key, std::size_t most,
                  JsonProblems& problems, const Decode& decode) {
  const JsonValue* value = reader.member(key);
  if (value == nullptr) return;
  if (value->object() == nullptr)
    return reader.problem(key, "an object was expected, not " + std::string(value->kind()));
  std::size_t count = 0;
  for (const auto& [name, member] : *value->object()) {
    const std::string path = reader.path_of(key) + "." + name;
    if (count++ == most)
      return problems.add(member.line(), path,
                          "more than " + std::to_string(most) + " " + std::string(key));
    decode(member, name, path);
  }
}

std::string hash_of(const JsonValue& value) {
  Fingerprint fingerprint;
  fingerprint.add(to_text(value));
  return fingerprint.text();
}

void set_hashes(RuleFile& file) {
  for (Rule& rule : file.rules) {
    Fingerprint fingerprint;
    fingerprint.add(rule.text_hash);
    for (const std::string& name : rule.windows)
      if (const MaintenanceWindow* window = file.find_window(name); window != nullptr)
        fingerprint.add(window->text_hash);
    fingerprint.add(file.limits().text_hash);
    rule.hash = fingerprint.text();
  }
}

void decode_parts(ObjectReader& reader, JsonProblems& problems, RuleFile& file) {
  using Name = const std::string&;
  decode_named(reader, "targets", limits::kTargets, problems,
               [&](const JsonValue& value, Name name, Name path) {
                 file.targets.push_back(decode_target(value, name, path, problems));
                 file.targets.back().file = file.name;
               });
  decode_named(reader, "windows", limits::kMaintenanceWindows, problems,
               [&](const JsonValue& value, Name name, Name path) {
                 file.windows.push_back(decode_window(value, name, path, problems));
                 file.windows.back().file = file.name;
                 file.windows.back().text_hash = hash_of(value);
               });
  decode_named(reader, "fleet", limits::kFleetLocks, problems,
               [&](const JsonValue& value, Name name, Name path) {
                 file.fleet.push_back(decode_lock(value, name, path, problems));
                 file.fleet.back().file = file.name;
               });
  if (const JsonValue* value = reader.member("global"); value != nullptr) {
    file.global = decode_global(*value, problems);
    file.global->file = file.name;
    file.global->text_hash = hash_of(*value);
  }
}

void decode_modes(ObjectReader& reader, JsonProblems& problems, RuleFile& file) {
  const JsonValue* value = reader.member("modes");
  if (value == nullptr) return;
  ObjectReader inner(*value, reader.path_of("modes"), problems);
  file.modes = decode_rule_modes(*value, inner, file.name);
}

void decode_rules(ObjectReader& reader, JsonProblems& problems, RuleFile& file) {
  reader.each("rules", [&](const JsonValue& value, const std::string& path) {
    if (file.rules.size() == limits::kOwnRules)
      return problems.add(value.line(), path,
                          "more than " + std::to_string(limits::kOwnRules) + " rules");
    Rule rule = decode_rule(value, path, file, problems);
    rule.text_hash = hash_of(value);
    if (!rule.name.empty() && file.find_rule(rule.name) != nullptr)
      problems.add(value.line(), path + ".name",
                   "a second rule of the name '" + rule.name + "' in this file");
    file.rules.push_back(std::move(rule));
  });
}

tl::unexpected<Error> refuse(const std::vector<std::string>& problems, ErrorCode code) {
  std::string text;
  for (const std::string& problem : problems) text += (text.empty() ? "" : "\n") + problem;
  return fail(code, text);
}

template <class Item>
void add_unique(std::vector<Item>& all, std::vector<Item>& more, std::string_view kind,
                std::vector<std::string>& problems) {
  for (Item& item : more) {
    const auto same = std::ranges::find(all, item.name, &Item::name);
    if (same == all.end())
      all.push_back(std::move(item));
    else
      problems.push_back(item.file + ": " + std::string(kind) + " '" + item.name +
                         "' is defined in " + same->file + " already");
  }
}

template <class Item>
void add_over(std::vector<Item>& all, std::vector<Item>& own) {
  for (Item& item : own) {
    const auto same = std::ranges::find(all, item.name, &Item::name);
    if (same == all.end())
      all.push_back(std::move(item));
    else
      *same = std::move(item);
  }
}

Result<void> at_most(std::size_t count, std::size_t most, const std::string& what) {
  if (count <= most) return {};
  return fail(ErrorCode::limit, "all rule files together have " + std::to_string(count) + " " +
                                    what + "; the limit is " + std::to_string(most));
}

// All files together, as they apply.
Result<RuleFile> finished(RuleFile file) {
  for (const ModeChoice& choice : file.modes)
    for (Rule& rule : file.rules)
      if (rule.name == choice.rule) rule.mode = choice.mode;
  const auto own = static_cast<std::size_t>(std::ranges::count(file.rules, false, &Rule::shipped));
  for (const auto& within :
       {at_most(own, limits::kOwnRules, "rules"),
        at_most(file.targets.size(), limits::kTargets, "targets"),
        at_most(logs_in_use(file).size(), limits::kLogTriggers, "log triggers in use")})
    if (!within) return fail(within.error());
  set_hashes(file);
  return file;
}

}  // namespace

RuleFile decode_rule_file(const JsonValue& document, const std::string& name,
                          JsonProblems& problems) {
  RuleFile file;
  file.name = name;
  ObjectReader reader(document, "", problems);
  if (document.object() == nullptr) return file;
  // Used by editors to find the schema.
  std::string schema;
  reader.get("$schema", schema);
  decode_schema(reader);
  decode_parts(reader, problems, file);
  decode_modes(reader, problems, file);
  decode_rules(reader, problems, file);
  reader.finish();
  return file;
}

Result<RuleFile> parse_rule_file(std::string_view text, std::string_view name) {
  const Result<JsonValue> document = parse_json(text, name);
  if (!document) return fail(document.error());
  JsonProblems problems{std::string(name)};
  RuleFile file = decode_rule_file(*document, std::string(name), problems);
  if (!problems.empty()) return fail(problems.to_error());
  set_hashes(file);
  return file;
}

Result<RuleFile> merge_rule_files(std::vector<RuleFile> files) {
  RuleFile all;
  std::vector<std::string> problems;
  for (RuleFile& file : files) {
    append_item(all.name, file.name);
    add_unique(all.targets, file.targets, "target", problems);
    add_unique(all.rules, file.rules, "rule", problems);
    add_unique(all.windows, file.windows, "window", problems);
    add_unique(all.fleet, file.fleet, "fleet lock", problems);
    for (ModeChoice& choice : file.modes) {
      const auto same = std::ranges::find(all.modes, choice.rule, &ModeChoice::rule);
      if (same == all.modes.end())
        all.modes.push_back(std::move(choice));
      else
        problems.push_back(choice.file + ": the mode of rule '" + choice.rule + "' is set in " +
                           same->file + " already");
    }
    if (file.global && all.global)
      problems.push_back(file.global->file + ": global limits are set in " + all.global->file +
                         " already");
    else if (file.global)
      all.global = std::move(file.global);
  }
  if (!problems.empty()) return refuse(problems, ErrorCode::invalid);
  return finished(std::move(all));
}

Result<RuleFile> overlay_rule_files(RuleFile shipped, RuleFile own) {
  RuleFile all = std::move(shipped);
  all.name += (all.name.empty() || own.name.empty() ? "" : ", ") + own.name;
  add_over(all.targets, own.targets);
  add_over(all.rules, own.rules);
  add_over(all.windows, own.windows);
  add_over(all.fleet, own.fleet);
  if (own.global) all.global = std::move(own.global);
  for (ModeChoice& choice : own.modes) {
    const auto same = std::ranges::find(all.modes, choice.rule, &ModeChoice::rule);
    if (same == all.modes.end())
      all.modes.push_back(std::move(choice));
    else
      *same = std::move(choice);
  }
  std::vector<std::string> problems;
  for (const Rule& rule : all.rules)
    for (const std::string& unmet : unmet_references(rule, all))
      problems.push_back(rule.file + ": rule '" + rule.name + "': " + unmet +
                         "; the target that replaces the shipped one must have it, or "
                         "define a rule of this name too");
  if (!problems.empty()) return refuse(problems, ErrorCode::invalid);
  return finished(std::move(all));
}

}  // namespace slewd::rules
