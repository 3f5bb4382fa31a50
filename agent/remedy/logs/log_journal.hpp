// SPDX-License-Identifier: Apache-2.0
// The machine's journal as the follower needs it: a narrow port, so that everything above it is
// tested without a journal. Reactor's thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::remedy {

// Whose entries are wanted; an entry of any of them is.
struct LogOrigins {
  std::vector<std::string> units;        // _SYSTEMD_UNIT
  std::vector<std::string> identifiers;  // SYSLOG_IDENTIFIER

  [[nodiscard]] bool empty() const { return units.empty() && identifiers.empty(); }
  friend bool operator==(const LogOrigins&, const LogOrigins&) = default;
};

struct LogEntry {
  MonoTime at;  // when the journal took it
  std::string unit;
  std::string identifier;
  std::string message;  // at most limits::kLogLineBytes
  bool cut = false;     // the message was longer
};

// An error of any member means: close it, and open it again later.
class LogJournal {
 public:
  virtual ~LogJournal() = default;

  // Entries of this boot from these origins, none else. An error when nothing of this boot can be
  // read. Before the first entry one of the seek members must be called.
  virtual Result<void> open(const LogOrigins& origins) = 0;
  // A closed one is ignored.
  virtual void close() = 0;

  // next() will give what comes after the last entry that is there,
  virtual Result<void> seek_end() = 0;
  // what comes after the entry of the cursor, or after its place when the entry is gone; before
  // that it may give entries again that are older, or that one itself,
  virtual Result<void> seek_near(const std::string& cursor) = 0;
  // or the oldest entry of this boot.
  virtual Result<void> seek_start() = 0;

  // Nothing at the end; entries that come later are given then.
  virtual Result<std::optional<LogEntry>> next() = 0;
  // Of the last entry that next() gave. After seek_end(): of the last one that was there, empty
  // when there was none.
  virtual Result<std::string> cursor() = 0;

  // While open: what to wait for, and what to call then.
  [[nodiscard]] virtual int descriptor() const = 0;
  [[nodiscard]] virtual short events() const = 0;
  virtual Result<void> process() = 0;
};

}  // namespace slewd::remedy
