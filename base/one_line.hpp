// SPDX-License-Identifier: Apache-2.0
// Converts external text (a server's reply, a child's output) to one line of a log or a table.
#pragma once

#include <string>
#include <string_view>

namespace slewd {

// Line ends become " | ", other control characters and bytes that are not UTF-8 become '?', blanks
// at the ends are removed. At most `limit` bytes, cut between characters, "..." marking the cut.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t limit);

}  // namespace slewd
