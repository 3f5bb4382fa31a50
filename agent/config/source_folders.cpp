// SPDX-License-Identifier: Apache-2.0
#include "agent/config/source_folders.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "agent/config/config.hpp"
#include "agent/config/host_check.hpp"
#include "agent/config/trusted_file.hpp"
#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::app {
namespace {

// A folder that is not there has no files.
std::vector<std::string> names_in(const std::string& folder, std::string_view extension,
                                  std::vector<std::string>& refused) {
  std::set<std::string> names;
  std::error_code problem;
  std::filesystem::directory_iterator entry(folder, problem);
  for (; !problem && entry != std::filesystem::directory_iterator(); entry.increment(problem)) {
    const std::filesystem::path& path = entry->path();
    // Editors and writers keep their copies under hidden names.
    if (path.extension() == extension && !path.filename().string().starts_with('.'))
      names.insert(path.string());
  }
  if (problem && problem != std::errc::no_such_file_or_directory)
    refused.push_back(folder + ": " + problem.message());
  std::vector<std::string> some(names.begin(), names.end());
  if (some.size() > limits::kSourceFiles) {
    refused.push_back(some[limits::kSourceFiles] + " and all after it: more than " +
                      std::to_string(limits::kSourceFiles) + " files");
    some.resize(limits::kSourceFiles);
  }
  return some;
}

class Finder {
 public:
  Finder(const std::vector<core::SourceConfig>& configured, const SourceTexts& former)
      : known_(configured), former_(former) {}

  void read_folder(const std::string& folder) {
    for (const std::string& path : names_in(folder, ".json", found_.refused)) {
      const auto text = read_trusted_file(path, limits::kConfigBytes, found_.warnings);
      const Result<void> added = text ? add(path, *text) : Result<void>(fail(text.error()));
      if (added) continue;
      std::string why = added.error().describe();
      const auto before = former_.find(path);
      if (before != former_.end() && add(path, before->second))
        why += "\n" + path + ": what it had in it before stays in force";
      found_.refused.push_back(std::move(why));
    }
  }

  // Lines NTP=ADDRESS ADDRESS ... of each link's state.
  void read_leases(const std::string& folder) {
    for (const std::string& path : names_in(folder, "", found_.refused)) {
      const auto text = read_file(path, limits::kConfigBytes);
      if (!text) continue;  // the link has gone in the meantime
      for (const std::string_view line : split(*text, '\n')) {
        constexpr std::string_view kKey = "NTP=";
        if (!line.starts_with(kKey)) continue;
        for (const std::string_view host : split(line.substr(kKey.size()), ' '))
          if (!host.empty() && host_problem(host).empty()) add_lease(std::string(host));
      }
    }
  }

  FoundSources take() { return std::move(found_); }

 private:
  Result<void> add(const std::string& path, const std::string& text) {
    auto sources = parse_sources(text, path);
    if (!sources) return fail(std::move(sources.error()));
    for (const core::SourceConfig& source : *sources)
      if (const auto same = std::ranges::find(known_, source.name, &core::SourceConfig::name);
          same != known_.end() && !is_same_place(*same, source))
        return fail(ErrorCode::invalid, path + ": the name '" + source.name + "' is taken by " +
                                            same->host + "; give it another \"name\"");
    for (core::SourceConfig& source : *sources) enter(std::move(source));
    found_.texts[path] = text;
    return {};
  }

  void add_lease(const std::string& host) {
    core::SourceConfig source;
    source.host = source.name = host;
    enter(std::move(source));
  }

  static bool is_same_place(const core::SourceConfig& one, const core::SourceConfig& other) {
    return one.host == other.host && one.port == other.port;
  }

  void enter(core::SourceConfig source) {
    const bool known = std::ranges::any_of(
        known_, [&](const core::SourceConfig& each) { return is_same_place(each, source); });
    if (known || known_.size() >= limits::kSources) return;
    known_.push_back(source);
    found_.sources.push_back(std::move(source));
  }

  std::vector<core::SourceConfig> known_;
  const SourceTexts& former_;
  FoundSources found_;
};

}  // namespace

std::vector<std::string> SourceOrigins::watched() const {
  std::vector<std::string> all = folders;
  if (dhcp) all.push_back(networkd);
  return all;
}

FoundSources find_sources(const SourceOrigins& origins,
                          const std::vector<core::SourceConfig>& configured,
                          const SourceTexts& former) {
  Finder finder(configured, former);
  for (const std::string& folder : origins.folders) finder.read_folder(folder);
  if (origins.dhcp) finder.read_leases(origins.networkd);
  return finder.take();
}

}  // namespace slewd::app
