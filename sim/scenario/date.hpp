// SPDX-License-Identifier: Apache-2.0
// Dates of scenario files: RFC 3339 in UTC, to the second.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/true_time.hpp"

namespace slewd::sim {

// "2026-12-31T00:00:00Z".
[[nodiscard]] std::string date_text(TrueTime time);
// Empty when `text` is no such date, or none from 1970 to 2199.
[[nodiscard]] std::optional<TrueTime> parse_date(std::string_view text);

}  // namespace slewd::sim
