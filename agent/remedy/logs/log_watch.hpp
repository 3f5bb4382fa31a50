// SPDX-License-Identifier: Apache-2.0
// Looks for the lines of rules' log triggers in the journal and in plain files. What stands there
// is other people's text: its amount, its length and its bytes are bounded here. Reactor's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/logs/log_file_follower.hpp"
#include "agent/remedy/logs/log_journal.hpp"
#include "agent/remedy/logs/log_journal_follower.hpp"
#include "agent/remedy/logs/log_trigger.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

class LogWatch {
 public:
  // Must neither configure nor destroy the watch.
  using Listener = std::function<void(const LogMatch&)>;

  // `cursor`: what cursor() has said in an earlier run of this boot; empty when there was none.
  LogWatch(os::Reactor& reactor, std::unique_ptr<LogJournal> journal, std::string_view cursor,
           Listener on_match);
  LogWatch(const LogWatch&) = delete;
  LogWatch& operator=(const LogWatch&) = delete;

  // What to look for from now on: at most limits::kLogTriggers, each with a unit or an absolute
  // path, checked when the rule file was read. One that has not changed keeps its
  // counts, a log that is still followed its place.
  // Error: `limit`, and everything stays as it was.
  Result<void> configure(std::vector<LogTrigger> triggers);

  // To go on here after a restart.
  [[nodiscard]] std::string cursor() const { return journal_.cursor(); }
  // In the order of configure().
  [[nodiscard]] std::vector<LogTriggerView> views() const;
  [[nodiscard]] LogCounts counts() const;
  // What is wrong with the logs, each log once: "journal: ...". Empty when all is well.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  struct Watched {
    LogTrigger trigger;
    std::uint64_t matches = 0;
    std::uint64_t held_back = 0;
    MonoTime second{};  // when the running second began
    int told_this_second = 0;
  };

  void on_entry(const LogEntry& entry);
  void on_line(const std::string& path, std::string_view line, bool cut);
  void count_line(bool cut);
  void look_for(Watched& watched, MonoTime at, std::string_view line);
  [[nodiscard]] bool may_tell(Watched& watched) const;
  [[nodiscard]] std::string problem_of(const LogTrigger& trigger) const;

  os::Reactor& reactor_;
  Listener on_match_;
  std::vector<Watched> watched_;
  std::uint64_t lines_ = 0;
  std::uint64_t cut_ = 0;
  LogJournalFollower journal_;
  LogFileFollower files_;
};

}  // namespace slewd::remedy
