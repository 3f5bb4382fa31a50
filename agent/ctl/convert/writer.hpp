// SPDX-License-Identifier: Apache-2.0
// A draft as the text of slewd's configuration, and as a report for a terminal.
#pragma once

#include <string>
#include <string_view>

#include "agent/ctl/convert/draft.hpp"

namespace slewd::app::convert {

// JSON with a comment for each line of the former configuration. `title` is the first comment.
[[nodiscard]] std::string write_config(const Draft& draft, std::string_view title);

// The lines that could not be expressed, with reason and cure; empty where there are none.
[[nodiscard]] std::string write_report(const Draft& draft);

}  // namespace slewd::app::convert
