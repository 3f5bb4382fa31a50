// SPDX-License-Identifier: Apache-2.0
// The daemon's whole configuration as one immutable value, and how it is read. An empty file works:
// every key has a default.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/rules_config.hpp"
#include "agent/config/rules_folder.hpp"
#include "agent/config/source_folders.hpp"
#include "agent/core/config.hpp"
#include "base/result.hpp"
#include "rules/rule.hpp"

namespace slewd::app {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { logfmt, json };

struct LogConfig {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::logfmt;

  friend bool operator==(const LogConfig&, const LogConfig&) = default;
};

// Where /metrics and the page are served. An empty host switches HTTP off.
struct ListenConfig {
  std::string host = "127.0.0.1";
  std::uint16_t port = 10123;  // 0 = any free port, for tests
};

struct Config {
  core::CoreConfig core;
  // core.sources holds the default pool: no server and no pool is configured.
  bool default_sources = false;
  SourceOrigins origins;  // where more servers come from
  ListenConfig listen;
  std::string control_socket = "/run/slewd/slewd.sock";
  std::string state_directory = "/var/lib/slewd";
  std::string trace_file;  // of every decision (trace_file.hpp); empty = none
  std::string leap_list = "/usr/share/zoneinfo/leap-seconds.list";  // of tzdata; empty = none
  std::string time_bound;      // folder of the segments (agent/clockbound); empty = none
  bool journal_jumps = false;  // each jump to systemd's journal as well
  RulesConfig rules;
  LogConfig log;
  bool seccomp = true;         // the filter of agent/os/process/call_filter.hpp
  std::string user = "slewd";  // that root becomes at the start; "root" = it stays
};

// What the process runs with: the configuration and the rule files that it names, all checked.
struct LoadedConfig {
  Config config;
  rules::RuleFile rules;
  RuleTexts rule_texts;                        // of rules.folder, as in force
  SourceTexts source_texts;                    // of config.origins, as in force
  std::vector<core::SourceConfig> configured;  // sources, without those of config.origins
  // Files whose current text is not in force, and why.
  std::vector<std::string> refused_rules;    // of rules.folder
  std::vector<std::string> refused_sources;  // of config.origins
  std::vector<std::string> warnings;         // of files that other users can write
  std::string path;                          // empty when the defaults are used
  std::string hash;                          // 16 hexadecimal digits over every byte read

  [[nodiscard]] std::vector<std::string> refused() const;  // sources first
};

// The servers and pools of a file that has nothing else. Errors as parse_config().
[[nodiscard]] Result<std::vector<core::SourceConfig>> parse_sources(std::string_view text,
                                                                    std::string_view name);

// Decodes a configuration text. Every problem is reported: "file:line: path: what; help".
[[nodiscard]] Result<Config> parse_config(std::string_view text, std::string_view name);

// The path of the packaged file; used if it exists and no other is given.
inline constexpr const char* kPackagedConfig = "/etc/slewd/slewd.json";
// `named`, or the packaged path if it is readable, or empty.
[[nodiscard]] std::string config_path(const std::string& named);

// Reads the file and every rule file that it names. An empty path gives the defaults. `former` are
// the folder's texts from the last load: rules_folder.hpp.
[[nodiscard]] Result<LoadedConfig> load_config(const std::string& path,
                                               const RuleTexts& former = {},
                                               const SourceTexts& former_sources = {});

// What servers come from elsewhere now: loaded.config.core.sources becomes `configured` and these.
// Where there are any, the default pool is not used. Sets refused_sources.
struct SourcesAnew {
  bool changed = false;
  std::vector<std::string> warnings;
};
[[nodiscard]] SourcesAnew find_sources_anew(LoadedConfig& loaded);

}  // namespace slewd::app
