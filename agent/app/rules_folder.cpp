#include "agent/app/rules_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "agent/linux/atomic_file.hpp"
#include "base/limits.hpp"
#include "rules/catalogue.hpp"
#include "rules/rule_file.hpp"

namespace slewd::app {
namespace {

// A missing folder has no files; what else keeps us from reading it is told.
std::vector<std::string> files_in(const std::string& folder, std::vector<std::string>& refused) {
  std::vector<std::string> files;
  std::error_code problem;
  std::filesystem::directory_iterator entry(folder, problem);
  for (; !problem && entry != std::filesystem::directory_iterator(); entry.increment(problem))
    if (entry->path().extension() == ".json") files.push_back(entry->path().string());
  if (problem && problem != std::errc::no_such_file_or_directory)
    refused.push_back(folder + ": " + problem.message());
  std::ranges::sort(files);
  if (files.size() > limits::kRuleFiles) {
    refused.push_back(files[limits::kRuleFiles] + " and all after it: more than " +
                      std::to_string(limits::kRuleFiles) + " files");
    files.resize(limits::kRuleFiles);
  }
  return files;
}

bool is_shipped(const std::string& file) {
  const auto shipped = rules::builtin_rule_files();
  return std::ranges::any_of(shipped, [&](const auto& each) { return each.first == file; });
}

// A rule or target of `more` that another file of the operator's defines already.
std::string defined_twice(const rules::RuleFile& rules, const rules::RuleFile& more) {
  for (const rules::Rule& rule : more.rules)
    if (const auto* first = rules.find_rule(rule.name);
        first != nullptr && !is_shipped(first->file))
      return "rule '" + rule.name + "' is defined in " + first->file + " already";
  for (const rules::Target& target : more.targets)
    if (const auto* first = rules.find_target(target.name);
        first != nullptr && !is_shipped(first->file))
      return "target '" + target.name + "' is defined in " + first->file + " already";
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

// True when the text is in force now; else why not.
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
  RulesFolder read{std::move(base), {}, {}};
  for (const std::string& path : files_in(folder, read.refused)) {
    const auto text = os::read_file(path, limits::kConfigBytes);
    const Result<void> added =
        text ? add(read, path, *text, fingerprint) : Result<void>(fail(text.error()));
    if (added) continue;
    std::string why = added.error().describe();
    // It may no longer fit to what other files have become; then it is out of force as well.
    if (const auto before = former.find(path); before != former.end())
      why += add(read, path, before->second, fingerprint)
                 ? "; what it had in it before stays in force"
                 : "; nor does what it had in it before fit any more";
    read.refused.push_back(std::move(why));
  }
  return read;
}

}  // namespace slewd::app
