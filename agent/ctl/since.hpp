// SPDX-License-Identifier: Apache-2.0
// The value of --since: "2h", or a time in UTC.
#pragma once

#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::app {

// RFC 3339 in UTC: "2026-02-03T04:05:06.789Z"; the Z, the fraction, the seconds and the time of day
// are optional, and a blank may replace the T.
[[nodiscard]] Result<WallTime> parse_utc(std::string_view text);

using Since = std::variant<Nanos, WallTime>;  // an age, or a moment

// A duration (base/duration.hpp) or a time.
[[nodiscard]] Result<Since> parse_since(std::string_view text);

}  // namespace slewd::app
