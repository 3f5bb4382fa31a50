// SPDX-License-Identifier: Apache-2.0
// Durations as text: "64s", "50ms", "1h30m", "-11s". Always with a unit.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd {

// Units: ns, us, ms, s, m, h, d; decimals allowed; parts in falling order ("1h30m"). A leading sign
// holds for the whole. Refused: no unit, unknown unit, more than 140 years.
[[nodiscard]] Result<Nanos> parse_duration(std::string_view text);

// The shortest text that parse_duration reads back to the same value: "11s", "1.5ms", "1h30m".
[[nodiscard]] std::string format(Nanos duration);

// For tables and messages: three significant digits in a suitable unit ("-11.0 s", "82.4 us").
[[nodiscard]] std::string format_rounded(Nanos duration);

}  // namespace slewd
