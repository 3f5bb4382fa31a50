// SPDX-License-Identifier: Apache-2.0
// The durable record of what the agent decided and what became of it: an intent before anything is
// done, an outcome after. After a crash it tells what was under way. Agent thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/records/ledger_line.hpp"
#include "agent/records/rotating_file.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "rules/intent.hpp"

namespace slewd::records {

class Ledger {
 public:
  // Kept nowhere: for the demo. Never fails.
  static Ledger in_memory();
  // Reads `path` and the older file "<path>.1" and goes on where they end. Never fails outright: a
  // ledger that cannot be read or written has a problem(), and each append tries again. `rotate_at`
  // is the size in bytes beyond which the file becomes the older one.
  static Ledger open(std::string path, std::string boot_id,
                     std::size_t rotate_at = limits::kLedgerBytes);

  // The id of the next intent: rises for ever, across restarts. Tries to open a ledger that has not
  // been read yet, whose last id is in the file: at once, and after failures ever more seldom.
  [[nodiscard]] std::uint64_t next_id();
  // Durable when it returns without an error; until then nothing may be done about the intent.
  // Errors: `invalid` when the id is not new, else why the file cannot be written.
  Result<void> append(const rules::Intent& intent, MonoTime mono, BootTime boot, WallTime wall);
  Result<void> append(const rules::Outcome& outcome, MonoTime mono, BootTime boot, WallTime wall);

  // The intents without an outcome that a former process has left, in the order of their ids; each
  // is given once. An outcome must be appended for each, or the next start finds it again.
  [[nodiscard]] std::vector<LedgerEntry> take_unfinished();

  // What former processes decided, newest last, at most limits::kFormerDecisions: the cool-downs
  // and budgets of this boot still hold, and so does a breaker of whatever boot. Dry runs make room
  // for what was done, and a rule's last decision stays as long as it can.
  struct FormerDecision {
    std::uint64_t id{};
    std::string rule;
    std::optional<MonoTime> decided;  // unset: in an earlier boot
    bool dry_run = true;
    bool clears = false;                  // of `on_clear`
    std::optional<rules::Ending> ending;  // unset: it had none
    std::optional<MonoTime> ended;        // unset: in an earlier boot
    std::string undo;                     // Intent::undo
  };
  [[nodiscard]] const std::vector<FormerDecision>& former_decisions() const { return former_; }

  // What became of former processes' decisions, newest last, at most limits::kActionRing.
  [[nodiscard]] const std::deque<rules::Outcome>& former_outcomes() const {
    return former_outcomes_;
  }

  // Why the last append (or the opening) failed.
  [[nodiscard]] const std::optional<Error>& problem() const { return file_.problem(); }
  // Lines that say nothing: damaged, or of another version.
  [[nodiscard]] std::uint64_t damaged_lines() const { return damaged_; }

 private:
  Ledger(std::string path, std::string boot_id, std::size_t rotate_at);
  Result<void> ensure_open(RotatingFile::Try when);
  bool learn(std::string_view line);
  void remember(const LedgerEntry& intent);
  void forget_one();
  void remember_outcome(LedgerEntry outcome);
  Result<void> write(const LedgerEntry& entry);

  RotatingFile file_;  // without a path: in memory
  std::string boot_id_;
  std::uint64_t next_id_ = 1;
  std::optional<std::uint64_t> first_own_;  // lower ids are a former process's; none before a read
  std::map<std::uint64_t, LedgerEntry> unfinished_;
  std::vector<FormerDecision> former_;
  std::deque<rules::Outcome> former_outcomes_;
  std::uint64_t damaged_ = 0;
};

}  // namespace slewd::records
