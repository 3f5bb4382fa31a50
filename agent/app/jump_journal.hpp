// SPDX-License-Identifier: Apache-2.0
// A jump as an entry of systemd's journal, for `journalctl MESSAGE_ID=...`.
#pragma once

#include <vector>

#include "agent/core/jumps/clock_event.hpp"
#include "agent/os/journal.hpp"

namespace slewd::app {

// MESSAGE_ID of all entries for jumps; see docs/operate.md.
inline constexpr const char* kJumpMessageId = "b220730a73524bd0b2ba9a62334e32c6";

// The fields of docs/operate.md; what is unknown is left out.
[[nodiscard]] std::vector<os::JournalField> journal_fields(const core::ClockEvent& event);

}  // namespace slewd::app
