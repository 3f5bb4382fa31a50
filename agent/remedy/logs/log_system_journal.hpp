// SPDX-License-Identifier: Apache-2.0
// The journal through systemd's library. It is followed by place, never by wall time: all entries
// are of one boot, and within one boot the library orders them by sequence number or by
// CLOCK_MONOTONIC, so a clock that is set backwards changes nothing. Rotation, vacuuming and a
// restart of journald are the library's affair.
#pragma once

#include <memory>
#include <string>

#include "agent/remedy/logs/log_journal.hpp"

namespace slewd::remedy {

class LogSystemJournal final : public LogJournal {
 public:
  // The journals of this machine, or those below `folder`.
  explicit LogSystemJournal(std::string folder = "");
  LogSystemJournal(const LogSystemJournal&) = delete;
  LogSystemJournal& operator=(const LogSystemJournal&) = delete;
  ~LogSystemJournal() override;

  Result<void> open(const LogOrigins& origins) override;
  void close() override;
  Result<void> seek_end() override;
  Result<void> seek_near(const std::string& cursor) override;
  Result<void> seek_start() override;
  Result<std::optional<LogEntry>> next() override;
  Result<std::string> cursor() override;
  [[nodiscard]] int descriptor() const override;
  [[nodiscard]] short events() const override;
  Result<void> process() override;

 private:
  struct Handle;
  [[nodiscard]] Result<void> require_entries() const;
  [[nodiscard]] Result<void> select(const LogOrigins& origins) const;
  [[nodiscard]] Result<LogEntry> read_entry() const;

  std::string folder_;
  std::unique_ptr<Handle> journal_;  // while open
};

}  // namespace slewd::remedy
