// SPDX-License-Identifier: Apache-2.0
#include "agent/config/source_folders.hpp"

#include <algorithm>
#include <utility>

#include "agent/config/config.hpp"
#include "agent/config/host_check.hpp"
#include "agent/config/trusted_file.hpp"
#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::app {
namespace {

class Finder {
 public:
  Finder(const std::vector<core::SourceConfig>& configured, const SourceTexts& former)
      : known_(configured), former_(former) {}

  void read_folder(const std::string& folder) {
    for (const std::string& path : files(folder, ".json", former_)) {
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
    for (const std::string& path : files(folder, "", {})) {
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
  // A folder that is not there has no files.
  std::vector<std::string> files(const std::string& folder, std::string_view extension,
                                 const SourceTexts& former) {
    return drop_in_files(folder, extension, limits::kSourceFiles, MissingFolder::empty, former,
                         found_.refused);
  }

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
