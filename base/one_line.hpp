// SPDX-License-Identifier: Apache-2.0
// Foreign text (a server's reply, a child's output) made fit for one line of a log or a table.
#pragma once

#include <string>
#include <string_view>

namespace slewd {

// Line ends become " | ", other control characters and bytes that are not UTF-8 become '?', blanks
// at the ends go. At most `limit` bytes, cut between characters, "..." marking the cut.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t limit);

}  // namespace slewd
