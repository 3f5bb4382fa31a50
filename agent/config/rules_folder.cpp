// SPDX-License-Identifier: Apache-2.0
#include "agent/config/rules_folder.hpp"

#include <algorithm>
#include <utility>

#include "agent/config/rules_config.hpp"
#include "agent/config/trusted_file.hpp"
#include "base/limits.hpp"
#include "rules/files/catalogue.hpp"
#include "rules/files/rule_file.hpp"

namespace slewd::app {
namespace {

bool is_shipped(const std::string& file) {
  const auto shipped = rules::builtin_rule_files();
  return std::ranges::any_of(shipped, [&](const auto& each) { return each.first == file; });
}

template <class Item>
std::string first_twice(const std::vector<Item>& before, const std::vector<Item>& more,
                        const std::string& kind) {
  for (const Item& item : more)
    if (const auto first = std::ranges::find(before, item.name, &Item::name);
        first != before.end() && !is_shipped(first->file))
      return kind + " '" + item.name + "' is already defined in " + first->file;
  return {};
}

// Names of `more` that another file of the operator defines already: a file must not silently
// change the rules of another.
std::string defined_twice(const rules::RuleFile& all, const rules::RuleFile& more) {
  if (all.global && more.global && !is_shipped(all.global->file))
    return "global limits are already set in " + all.global->file;
  for (const rules::ModeChoice& choice : more.modes)
    if (const auto first = std::ranges::find(all.modes, choice.rule, &rules::ModeChoice::rule);
        first != all.modes.end())
      return "the mode of rule '" + choice.rule + "' is already set in " + first->file;
  for (std::string found : {first_twice(all.rules, more.rules, "rule"),
                            first_twice(all.targets, more.targets, "target"),
                            first_twice(all.windows, more.windows, "window"),
                            first_twice(all.fleet, more.fleet, "fleet lock")})
    if (!found.empty()) return found;
  return {};
}

Result<rules::RuleFile> with_text(const rules::RuleFile& rules, const std::string& path,
                                  const std::string& text) {
  auto parsed = rules::parse_rule_file(text, path);
  if (!parsed) return fail(std::move(parsed.error()));
  if (const std::string twice = defined_twice(rules, *parsed); !twice.empty())
    return fail(ErrorCode::invalid, path + ": " + twice);
  return rules::overlay_rule_files(rules, std::move(*parsed));
}

// Adds the text to the folder's rules; the error says why it cannot.
Result<void> add(RulesFolder& folder, const std::string& path, const std::string& text,
                 Fingerprint& fingerprint) {
  auto more = with_text(folder.rules, path, text);
  if (!more) return fail(std::move(more.error()));
  folder.rules = std::move(*more);
  folder.texts[path] = text;
  fingerprint.add(text);
  return {};
}

}  // namespace

RulesFolder read_rules_folder(const std::string& folder, rules::RuleFile base,
                              const RuleTexts& former, Fingerprint& fingerprint) {
  RulesFolder read{std::move(base), {}, {}, {}};
  const auto missing =
      folder == RulesConfig{}.folder ? MissingFolder::empty : MissingFolder::refused;
  for (const std::string& path :
       drop_in_files(folder, ".json", limits::kRuleFiles, missing, former, read.refused)) {
    const auto text = read_trusted_file(path, limits::kConfigBytes, read.warnings);
    const Result<void> added =
        text ? add(read, path, *text, fingerprint) : Result<void>(fail(text.error()));
    if (added) continue;
    std::string why = added.error().describe();
    // The former text may conflict with the other files' new texts; then it is dropped too.
    if (const auto before = former.find(path); before != former.end())
      why += "\n" + path +
             (add(read, path, before->second, fingerprint)
                  ? ": its former text stays in force"
                  : ": its former text conflicts with other files and was dropped");
    read.refused.push_back(std::move(why));
  }
  return read;
}

}  // namespace slewd::app
