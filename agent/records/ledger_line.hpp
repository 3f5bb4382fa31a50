// SPDX-License-Identifier: Apache-2.0
// One line of the ledger as a value and as JSON. The format, `"v": 1`, is described in
// docs/rules.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/timeline.hpp"
#include "rules/intent.hpp"

namespace slewd::records {

// When something was recorded, on every timeline that survives in a file. Only boot id and boot
// time together place it in order; the wall time is for people.
struct Stamp {
  std::string boot_id;
  MonoTime mono;
  BootTime boot;
  WallTime wall;

  friend bool operator==(const Stamp&, const Stamp&) = default;
};

struct LedgerEntry {
  enum class Kind { intent, outcome };
  Kind kind = Kind::intent;
  std::uint64_t id = 0;
  Stamp stamp;
  std::string rule;
  // Of an intent.
  bool dry_run = true;
  bool clears = false;  // of `on_clear`
  std::string undo;     // of a rule with `on_clear`: Rule::undo_hash()
  std::string evidence;
  std::vector<std::string> links;  // "reload dovecot, 10s, then dovecot.login 2 times within 5s"
  // Of an outcome.
  std::string action;
  rules::Ending ending = rules::Ending::unknown;
  std::string detail;
  std::string outline;
  Nanos took{};

  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

[[nodiscard]] LedgerEntry entry_of(const rules::Intent& intent, Stamp stamp);
[[nodiscard]] LedgerEntry entry_of(const rules::Outcome& outcome, Stamp stamp);

// Without a line end, at most limits::kLedgerLineBytes: long texts are cut.
[[nodiscard]] std::string to_line(const LedgerEntry& entry);
// Errors: no JSON, another version, a missing or impossible value. `line` may be anything.
[[nodiscard]] Result<LedgerEntry> parse_ledger_line(std::string_view line);

}  // namespace slewd::records
