// SPDX-License-Identifier: Apache-2.0
// What is looked for in the logs of others, and what was found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/timeline.hpp"
#include "rules/lang/pattern.hpp"

namespace slewd::remedy {

struct LogTrigger {
  std::string name;  // "dovecot.stall"
  // Where: a unit of the journal, or a file; the other one is empty. With the ending of a unit
  // ("dovecot.service") it is the unit that the journal knows as the writer, which no program can
  // forge. Without one ("dovecot", "kernel") it is the identifier that the writer gives itself: any
  // local user can write under it.
  std::string unit;
  std::string path;  // absolute
  rules::Pattern pattern;

  friend bool operator==(const LogTrigger&, const LogTrigger&) = default;
};

struct LogMatch {
  std::string trigger;
  MonoTime
      at;  // of the journal: when it took the entry, even before we ran; of a file: when we read
  std::optional<double> captured;
  // Of a unit: the line, at most limits::kLogShownBytes, fit for a log or a table. Of a file:
  // which.
  std::string line;
};

// How one trigger fares.
struct LogTriggerView {
  std::string name;
  std::string problem;          // why its log cannot be followed; empty when it is
  std::uint64_t matches = 0;    // reported
  std::uint64_t held_back = 0;  // not reported: more than limits::kLogMatchesPerSecond
};

struct LogCounts {
  std::uint64_t lines = 0;  // looked at
  std::uint64_t cut = 0;    // of these, longer than limits::kLogLineBytes
  // Entries of the journal that were older than limits::kLogRecentSeconds when we came to them.
  std::uint64_t too_old = 0;
  // Times that a file grew faster than we read, and lines were passed over.
  std::uint64_t skips = 0;
};

// True for "dovecot.service" and the other endings of systemd.unit(5) whose units run processes.
[[nodiscard]] bool names_unit(std::string_view name);

}  // namespace slewd::remedy
