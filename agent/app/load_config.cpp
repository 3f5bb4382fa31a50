// Reading the configuration and everything that it names from disk.
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "agent/app/config.hpp"
#include "agent/linux/atomic_file.hpp"
#include "base/fingerprint.hpp"
#include "base/limits.hpp"
#include "rules/catalogue.hpp"
#include "rules/rule_file.hpp"

namespace slewd::app {
namespace {

// `name` is the configuration's, for messages.
Result<rules::RuleFile> load_rules(const RulesConfig& config, const std::string& name,
                                   Fingerprint& fingerprint) {
  std::vector<rules::RuleFile> own;
  for (const std::string& path : config.files) {
    auto text = os::read_file(path, limits::kConfigBytes);
    if (!text)
      return fail(std::move(text.error())
                      .within("rules.files[" + std::to_string(own.size()) + "]")
                      .within(name));
    fingerprint.add(*text);
    auto parsed = rules::parse_rule_file(*text, path);
    if (!parsed) return fail(std::move(parsed.error()));
    own.push_back(std::move(*parsed));
  }
  auto merged = rules::merge_rule_files(std::move(own));
  if (!merged) return fail(std::move(merged.error()));
  if (!config.builtin) return merged;
  return rules::overlay_rule_files(rules::builtin_rules(), std::move(*merged));
}

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

Result<rules::RuleFile> with_file(const rules::RuleFile& rules, const std::string& path,
                                  Fingerprint& fingerprint) {
  const auto text = os::read_file(path, limits::kConfigBytes);
  if (!text) return fail(text.error());
  fingerprint.add(*text);
  auto parsed = rules::parse_rule_file(*text, path);
  if (!parsed) return fail(std::move(parsed.error()));
  if (const std::string twice = defined_twice(rules, *parsed); !twice.empty())
    return fail(ErrorCode::invalid, path + ": " + twice);
  return rules::overlay_rule_files(rules, std::move(*parsed));
}

// One after the other: each must fit to what is in force already.
void add_folder(LoadedConfig& loaded, Fingerprint& fingerprint) {
  if (loaded.config.rules.folder.empty()) return;
  for (const std::string& path : files_in(loaded.config.rules.folder, loaded.refused)) {
    auto more = with_file(loaded.rules, path, fingerprint);
    if (more)
      loaded.rules = std::move(*more);
    else
      loaded.refused.push_back(more.error().describe());
  }
}

}  // namespace

std::string config_path(const std::string& named) {
  if (!named.empty()) return named;
  return ::access(kPackagedConfig, R_OK) == 0 ? kPackagedConfig : "";
}

Result<LoadedConfig> load_config(const std::string& path) {
  LoadedConfig loaded;
  loaded.path = path;
  Fingerprint fingerprint;
  std::string text;
  if (!path.empty()) {
    auto read = os::read_file(path, limits::kConfigBytes);
    if (!read) {
      const std::string advice = "; write it, or leave --config out for the defaults";
      return fail(read.error().code(), read.error().describe() + advice);
    }
    text = std::move(*read);
  }
  fingerprint.add(text);
  const std::string name = path.empty() ? "defaults" : path;
  auto config = parse_config(text, name);
  if (!config) return fail(std::move(config.error()));
  loaded.config = std::move(*config);
  auto rule_set = load_rules(loaded.config.rules, name, fingerprint);
  if (!rule_set) return fail(std::move(rule_set.error()));
  loaded.rules = std::move(*rule_set);
  if (!path.empty()) add_folder(loaded, fingerprint);
  loaded.hash = fingerprint.text();
  return loaded;
}

}  // namespace slewd::app
