// SPDX-License-Identifier: Apache-2.0
// Something that must be done once a planned step is over, whatever becomes of slewd: the start of
// what was stopped. It is told as data that another process can carry out without rule files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/timeline.hpp"
#include "rules/rule.hpp"

namespace slewd::remedy {

struct OwedAction {
  std::uint64_t id = 0;  // in the book, which gives it; rises for as long as the book is not empty
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
  // From `due` on, in this boot, others than its slewd pay it. Of another boot: at once.
  std::string boot_id;
  BootTime due;

  friend bool operator==(const OwedAction&, const OwedAction&) = default;
};

// `action` is a ServiceAction on one of `targets` or a RunAction. Errors: `not_found` for another
// target, `unsupported` for a target or an action that others cannot carry out. A program gets five
// minutes: its end by force may be the end of what it starts, while systemd goes on with a job.
[[nodiscard]] Result<OwedAction> owed_for(const rules::Action& action,
                                          const std::vector<rules::Target>& targets);

// How it is carried out: by its program, or by `systemctl`.
[[nodiscard]] rules::RunAction payment_of(const OwedAction& owed, const std::string& systemctl);

// Others than its slewd may pay it now.
[[nodiscard]] bool is_due(const OwedAction& owed, std::string_view boot_id, BootTime now);

// One line of the book, `"v": 1`, without a line end. Texts that are no UTF-8 come out as they are.
[[nodiscard]] std::string to_line(const OwedAction& owed);
// Errors: no JSON, another version, a missing or impossible value. `line` may be anything; what is
// taken can be carried out: an absolute program, or a known verb on a unit.
[[nodiscard]] Result<OwedAction> parse_owed_line(std::string_view line);

}  // namespace slewd::remedy
