// SPDX-License-Identifier: Apache-2.0
// The list of all leap seconds as IERS publishes it and tzdata ships it (leap-seconds.list): what
// TAI less UTC is, and until when the list knows.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

struct LeapList {
  struct Entry {
    WallTime from;
    int tai_offset = 0;  // s
  };
  std::vector<Entry> entries;  // oldest first, at least one
  WallTime expires;

  // TAI less UTC at the true time `when`, s; empty before the first entry and once the list has
  // expired.
  [[nodiscard]] std::optional<int> tai_offset(WallTime when) const;
};

// Lines of seconds since 1900 and TAI less UTC; "#@" and the seconds since 1900 at which the list
// expires; other lines that begin with '#' are comments. The hash is not verified. `name` begins
// each error.
[[nodiscard]] Result<LeapList> parse_leap_list(std::string_view text, std::string_view name);

}  // namespace slewd::core
