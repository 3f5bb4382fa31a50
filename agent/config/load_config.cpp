// SPDX-License-Identifier: Apache-2.0
// Reads the configuration and the files that it names.
#include <utility>

#include <unistd.h>

#include "agent/config/config.hpp"
#include "agent/config/rules_folder.hpp"
#include "agent/config/trusted_file.hpp"
#include "base/fingerprint.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "rules/files/catalogue.hpp"
#include "rules/files/rule_file.hpp"

namespace slewd::app {
namespace {

// `name` is the configuration's, for messages.
Result<rules::RuleFile> load_rules(const RulesConfig& config, const std::string& name,
                                   Fingerprint& fingerprint, std::vector<std::string>& warnings) {
  std::vector<rules::RuleFile> own;
  for (const std::string& path : config.files) {
    auto text = read_trusted_file(path, limits::kConfigBytes, warnings);
    if (!text)
      return fail(std::move(text.error())
                      .within("rules.files[" + std::to_string(own.size()) + "]")
                      .within(name));
    fingerprint.add(*text);
    auto parsed = rules::parse_rule_file(*text, path);
    if (!parsed) return fail(std::move(parsed.error()));
    own.push_back(std::move(*parsed));
  }
  if (!config.modes.empty()) {
    own.emplace_back();
    own.back().name = name;
    own.back().modes = config.modes;
  }
  auto merged = rules::merge_rule_files(std::move(own));
  if (!merged) return fail(std::move(merged.error()));
  if (!config.builtin) return merged;
  return rules::overlay_rule_files(rules::builtin_rules(), std::move(*merged));
}

std::string no_such_rule(const rules::ModeChoice& choice, const rules::RuleFile& file) {
  std::vector<std::string_view> names;
  for (const rules::Rule& rule : file.rules) names.push_back(rule.name);
  return choice.file + ": mode of '" + choice.rule + "': no such rule" +
         suggestion(choice.rule, names);
}

}  // namespace

std::string config_path(const std::string& named) {
  if (!named.empty()) return named;
  return ::access(kPackagedConfig, R_OK) == 0 ? kPackagedConfig : "";
}

std::vector<std::string> LoadedConfig::refused() const {
  std::vector<std::string> all = refused_sources;
  all.insert(all.end(), refused_rules.begin(), refused_rules.end());
  return all;
}

SourcesAnew find_sources_anew(LoadedConfig& loaded) {
  FoundSources found = find_sources(
      loaded.config.origins,
      loaded.config.default_sources ? std::vector<core::SourceConfig>() : loaded.configured,
      loaded.source_texts);
  std::vector<core::SourceConfig> all = loaded.configured;
  if (loaded.config.default_sources && !found.sources.empty()) all.clear();
  all.insert(all.end(), found.sources.begin(), found.sources.end());
  SourcesAnew anew{all != loaded.config.core.sources, std::move(found.warnings)};
  loaded.refused_sources = std::move(found.refused);
  loaded.config.core.sources = std::move(all);
  loaded.source_texts = std::move(found.texts);
  return anew;
}

Result<LoadedConfig> load_config(const std::string& path, const RuleTexts& former,
                                 const SourceTexts& former_sources) {
  LoadedConfig loaded;
  loaded.path = path;
  Fingerprint fingerprint;
  std::string text;
  if (!path.empty()) {
    auto read = read_trusted_file(path, limits::kConfigBytes, loaded.warnings);
    if (!read) {
      if (read.error().code() != ErrorCode::not_found) return fail(std::move(read.error()));
      const std::string advice = "; create it, or omit --config to use the defaults";
      return fail(ErrorCode::not_found, read.error().describe() + advice);
    }
    text = std::move(*read);
  }
  fingerprint.add(text);
  const std::string name = path.empty() ? "defaults" : path;
  auto config = parse_config(text, name);
  if (!config) return fail(std::move(config.error()));
  loaded.config = std::move(*config);
  loaded.configured = loaded.config.core.sources;
  if (!path.empty()) {
    loaded.source_texts = former_sources;
    SourcesAnew anew = find_sources_anew(loaded);
    for (const auto& [file, more] : loaded.source_texts) fingerprint.add(more);
    for (const core::SourceConfig& source : loaded.config.core.sources)
      fingerprint.add(source.host);
    loaded.warnings.insert(loaded.warnings.end(), anew.warnings.begin(), anew.warnings.end());
  }
  auto rule_set = load_rules(loaded.config.rules, name, fingerprint, loaded.warnings);
  if (!rule_set) return fail(std::move(rule_set.error()));
  loaded.rules = std::move(*rule_set);
  const std::string& folder = loaded.config.rules.folder;
  if (!path.empty() && !folder.empty()) {
    RulesFolder read = read_rules_folder(folder, std::move(loaded.rules), former, fingerprint);
    loaded.rules = std::move(read.rules);
    loaded.rule_texts = std::move(read.texts);
    loaded.refused_rules = std::move(read.refused);
    loaded.warnings.insert(loaded.warnings.end(), read.warnings.begin(), read.warnings.end());
  }
  for (const rules::ModeChoice& choice : loaded.rules.modes)
    if (loaded.rules.find_rule(choice.rule) == nullptr)
      loaded.refused_rules.push_back(no_such_rule(choice, loaded.rules));
  loaded.hash = fingerprint.text();
  return loaded;
}

}  // namespace slewd::app
