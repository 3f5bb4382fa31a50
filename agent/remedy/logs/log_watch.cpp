// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/logs/log_watch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/limits.hpp"
#include "base/one_line.hpp"

namespace slewd::remedy {

using namespace std::chrono_literals;

namespace {

void add_once(std::vector<std::string>& list, const std::string& item) {
  if (std::ranges::find(list, item) == list.end()) list.push_back(item);
}

LogOrigins origins_of(const std::vector<LogTrigger>& triggers) {
  LogOrigins origins;
  for (const LogTrigger& trigger : triggers)
    if (!trigger.unit.empty())
      add_once(names_unit(trigger.unit) ? origins.units : origins.identifiers, trigger.unit);
  return origins;
}

bool comes_from(const LogEntry& entry, const std::string& unit) {
  return (names_unit(unit) ? entry.unit : entry.identifier) == unit;
}

}  // namespace

bool names_unit(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kEndings{
      ".service", ".scope", ".socket", ".mount", ".swap", ".slice", ".timer"};
  return std::ranges::any_of(kEndings,
                             [&](std::string_view ending) { return name.ends_with(ending); });
}

LogWatch::LogWatch(os::Reactor& reactor, std::unique_ptr<LogJournal> journal,
                   std::string_view cursor, Listener on_match)
    : reactor_(reactor),
      on_match_(std::move(on_match)),
      journal_(reactor, std::move(journal), cursor,
               [this](const LogEntry& entry) { on_entry(entry); }),
      files_(reactor, [this](const std::string& path, std::string_view line, bool cut) {
        on_line(path, line, cut);
      }) {}

Result<void> LogWatch::configure(std::vector<LogTrigger> triggers) {
  if (triggers.size() > limits::kLogTriggers)
    return fail(ErrorCode::limit, std::to_string(triggers.size()) + " log triggers; at most " +
                                      std::to_string(limits::kLogTriggers) + " are followed");
  std::vector<std::string> paths;
  std::vector<Watched> wanted;
  const LogOrigins origins = origins_of(triggers);
  for (LogTrigger& trigger : triggers) {
    if (!trigger.path.empty()) add_once(paths, trigger.path);
    const auto kept = std::ranges::find_if(
        watched_, [&](const Watched& watched) { return watched.trigger == trigger; });
    wanted.push_back(kept != watched_.end() ? *kept : Watched{.trigger = std::move(trigger)});
  }
  watched_ = std::move(wanted);
  journal_.follow(origins);
  files_.follow(paths);
  return {};
}

void LogWatch::on_entry(const LogEntry& entry) {
  count_line(entry.cut);
  // The journal's clock is ours, so an entry of the future is a damaged one.
  const MonoTime at = std::min(entry.at, reactor_.now());
  for (Watched& watched : watched_)
    if (!watched.trigger.unit.empty() && comes_from(entry, watched.trigger.unit))
      look_for(watched, at, entry.message);
}

void LogWatch::on_line(const std::string& path, std::string_view line, bool cut) {
  count_line(cut);
  for (Watched& watched : watched_)
    if (watched.trigger.path == path) look_for(watched, reactor_.now(), line);
}

void LogWatch::count_line(bool cut) {
  ++lines_;
  if (cut) ++cut_;
}

void LogWatch::look_for(Watched& watched, MonoTime at, std::string_view line) {
  const auto match = watched.trigger.pattern.match(line);
  if (!match) return;
  if (!may_tell(watched)) {
    ++watched.held_back;
    return;
  }
  ++watched.matches;
  // A file may get slewd's own log as well: what is logged of it there must not match again.
  const bool of_file = !watched.trigger.path.empty();
  on_match_({watched.trigger.name, at, match->captured,
             of_file ? "in " + one_line(watched.trigger.path, limits::kLogShownBytes)
                     : one_line(line, limits::kLogShownBytes)});
}

// What is held back repeats what was reported less than a second ago.
bool LogWatch::may_tell(Watched& watched) const {
  const MonoTime now = reactor_.now();
  if (now - watched.second >= 1s) {
    watched.second = now;
    watched.told_this_second = 0;
  }
  return watched.told_this_second++ < limits::kLogMatchesPerSecond;
}

std::string LogWatch::problem_of(const LogTrigger& trigger) const {
  return trigger.path.empty() ? journal_.problem() : files_.problem(trigger.path);
}

std::vector<LogTriggerView> LogWatch::views() const {
  std::vector<LogTriggerView> views;
  views.reserve(watched_.size());
  for (const Watched& watched : watched_)
    views.push_back(
        {watched.trigger.name, problem_of(watched.trigger), watched.matches, watched.held_back});
  return views;
}

LogCounts LogWatch::counts() const { return {lines_, cut_, journal_.too_old(), files_.skips()}; }

std::vector<std::string> LogWatch::problems() const {
  std::vector<std::string> problems;
  for (const Watched& watched : watched_) {
    const std::string problem = problem_of(watched.trigger);
    const std::string& path = watched.trigger.path;
    if (!problem.empty()) add_once(problems, (path.empty() ? "journal" : path) + ": " + problem);
  }
  return problems;
}

}  // namespace slewd::remedy
