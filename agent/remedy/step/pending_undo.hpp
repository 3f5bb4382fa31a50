// SPDX-License-Identifier: Apache-2.0
// An action that must be executed once a planned step is over, even if slewd exits: the start of a
// stopped service. It is plain data, so that another process can execute it without rule files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/timeline.hpp"
#include "rules/rule.hpp"

namespace slewd::remedy {

struct PendingUndo {
  std::uint64_t id = 0;    // given by the log; rises for as long as the log is not empty
  std::uint64_t step = 0;  // the planned step's intent in the ledger
  std::string rule;
  std::string what;  // describe() of the action: "start dovecot"
  // A program, or else a verb on a systemd unit.
  std::vector<std::string> argv;
  std::string user;
  std::vector<std::string> environment;
  std::string verb;
  std::string unit;
  Nanos timeout = std::chrono::minutes(1);  // then it is ended, and tried again
  // From `due` on, in this boot, the fallback timer executes it. Of another boot: at once.
  std::string boot_id;
  BootTime due;

  friend bool operator==(const PendingUndo&, const PendingUndo&) = default;
};

// `action` is a ServiceAction on one of `targets` or a RunAction. Errors: `not_found` for another
// target, `unsupported` for a target or an action that another process cannot execute. A program
// gets five minutes: its end by force may be the end of what it starts, while systemd goes on with
// a job.
[[nodiscard]] Result<PendingUndo> pending_undo_for(const rules::Action& action,
                                                   const std::vector<rules::Target>& targets);

// The command that executes it: its program, or `systemctl`.
[[nodiscard]] rules::RunAction command_for(const PendingUndo& undo, const std::string& systemctl);

// The fallback timer may execute it now.
[[nodiscard]] bool is_due(const PendingUndo& undo, std::string_view boot_id, BootTime now);

// One line of the log, `"v": 1`, without a line end. Texts that are no UTF-8 come out as they are.
[[nodiscard]] std::string to_line(const PendingUndo& undo);
// Errors: no JSON, another version, a missing or impossible value. `line` may be anything; what is
// taken can be carried out: an absolute program, or a known verb on a unit.
[[nodiscard]] Result<PendingUndo> parse_undo_line(std::string_view line);

}  // namespace slewd::remedy
