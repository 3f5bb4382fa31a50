// SPDX-License-Identifier: Apache-2.0
// Writes every jump that the core has published to the ledger, and to the journal if configured.
// The core keeps the newest limits::kJumpRing events: so many can wait for the disk. One thread at
// a time: the agent's while it runs. May block on the disk.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/app/log.hpp"
#include "agent/core/jumps/jump_view.hpp"
#include "agent/os/journal.hpp"
#include "agent/records/jump_ledger.hpp"
#include "base/jitter.hpp"
#include "rules/status.hpp"

namespace slewd::app {

class JumpRecorder {
 public:
  // `log` outlives this. Without a journal none is written.
  JumpRecorder(records::JumpLedger ledger, std::optional<os::Journal> journal, Log& log);

  // The records of earlier runs, for the core to continue from. All 0 when the ledger could not be
  // read; then the core's ids begin at 1, and are raised above the recorded ones once it can.
  [[nodiscard]] const core::JumpView& recorded() const { return ledger_.history().view(); }
  [[nodiscard]] std::uint64_t last_id() const { return ledger_.history().last_id(); }

  // Appends the events that the ledger does not have yet, in order of the ids. After a failure the
  // rest waits for the next event, or for a second, growing to half a minute.
  void sync(const core::JumpView& jumps, MonoTime now);

  [[nodiscard]] rules::JumpLedgerView view() const;

 private:
  void tell_journal(const core::JumpView& jumps);
  Result<void> write_missing(const core::JumpView& jumps);
  Result<void> write_one(const core::ClockEvent& event);
  void tell_trouble(const Result<void>& done);

  records::JumpLedger ledger_;
  std::optional<os::Journal> journal_;
  Log& log_;
  std::optional<std::uint64_t> shift_;  // of the core's ids; none before the ledger was read
  std::uint64_t journalled_ = 0;        // the newest of the core's ids that the journal has
  std::uint64_t newest_ = 0;            // the newest of the core's ids that was tried
  std::optional<MonoTime> failed_at_;
  BackOff back_off_;
  Nanos pause_{};  // after failed_at_, before the next try without a new event
  bool journal_failed_ = false;
  std::uint64_t write_failures_ = 0;
  std::uint64_t lost_events_ = 0;
};

}  // namespace slewd::app
