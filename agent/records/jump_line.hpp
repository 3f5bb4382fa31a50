// SPDX-License-Identifier: Apache-2.0
// One line of the jump ledger as a value and as JSON. The format, `"v": 1`, is described in
// docs/operate.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "agent/core/jumps/clock_event.hpp"
#include "agent/core/jumps/jump_view.hpp"
#include "base/result.hpp"

namespace slewd::records {

// An event, or what became known of it later: then its id has been in an earlier line.
struct JumpRecord {
  core::ClockEvent event;  // `former` is not in the line: it depends on who reads
  std::string boot_id;     // empty: not known

  friend bool operator==(const JumpRecord&, const JumpRecord&) = default;
};

// The counters of everything up to an id: a file begins with them, because the older files in which
// those events stood go away.
struct JumpTotals {
  std::uint64_t last_id = 0;
  core::JumpView view;  // without `recent`
};

using JumpLine = std::variant<JumpRecord, JumpTotals>;

// The event as a line can hold it: texts on one line and cut, times within 146 years. Recording it
// changes nothing any more.
[[nodiscard]] core::ClockEvent as_recorded(core::ClockEvent event);

// Without a line end, at most limits::kLedgerLineBytes.
[[nodiscard]] std::string to_line(const JumpRecord& record);
[[nodiscard]] std::string to_line(const JumpTotals& totals);
// Errors: no JSON, another version, a missing or impossible value. A cause that this version does
// not know is `unknown`. `line` may be anything.
[[nodiscard]] Result<JumpLine> parse_jump_line(std::string_view line);

}  // namespace slewd::records
