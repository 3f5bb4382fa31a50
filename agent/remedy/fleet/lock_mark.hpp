// SPDX-License-Identifier: Apache-2.0
// What a lock file says: until when its slot cools, so that a holder's death does not end that.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/timeline.hpp"

namespace slewd::remedy {

struct LockMark {
  std::string boot_id;  // of the boot that the time belongs to
  BootTime cool_until;
  std::int64_t transitions = 0;  // how often the slot has changed hands

  friend bool operator==(const LockMark&, const LockMark&) = default;
};

// One line: "slewd-slot 1 BOOT-ID NANOSECONDS TRANSITIONS".
[[nodiscard]] std::string to_text(const LockMark& mark);
// Nothing when it is no such line: an empty file, or one of another tool.
[[nodiscard]] std::optional<LockMark> parse_lock_mark(std::string_view text);

}  // namespace slewd::remedy
