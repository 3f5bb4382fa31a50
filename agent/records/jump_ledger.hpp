// SPDX-License-Identifier: Apache-2.0
// The durable record of the clock's jumps: lines of JSON, each on the disk before append() returns.
// One thread at a time; may block on the disk, so never the core's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/core/jumps/clock_event.hpp"
#include "agent/records/jump_history.hpp"
#include "agent/records/rotating_file.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"

namespace slewd::records {

[[nodiscard]] std::string jump_ledger_path(const std::string& state_directory);

class JumpLedger {
 public:
  // Reads `path` and the older file "<path>.1" and goes on where they end. Never fails outright: a
  // ledger that cannot be read or written has a problem(), and each append tries again. `rotate_at`
  // is the size in bytes beyond which the file becomes the older one.
  static JumpLedger open(std::string path, BootMark boot,
                         std::size_t rotate_at = limits::kJumpLedgerBytes);
  // Reads both files into `history` without a lock, for a look from outside: a missing one is
  // empty, and a line that is just being written counts as damaged.
  static Result<void> read(const std::string& path, JumpHistory& history);

  // Tries at once to open a ledger that is not open; JumpRecorder decides when.
  Result<void> ensure_open();
  // Durable when it returns without an error. An id that was recorded before is a refinement.
  Result<void> append(const core::ClockEvent& event);

  // Everything recorded, here and by earlier runs; empty before the first successful opening.
  [[nodiscard]] const JumpHistory& history() const { return history_; }
  // Why the last append (or the opening) failed.
  [[nodiscard]] const std::optional<Error>& problem() const { return file_.problem(); }

 private:
  JumpLedger(std::string path, BootMark boot, std::size_t rotate_at);

  RotatingFile file_;
  JumpHistory history_;
  bool was_open_ = false;
};

}  // namespace slewd::records
