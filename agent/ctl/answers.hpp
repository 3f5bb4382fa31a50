// SPDX-License-Identifier: Apache-2.0
// How slewctl answers: text on standard output, errors on standard error, and an exit status.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/config/command_line.hpp"
#include "agent/ctl/arguments.hpp"
#include "base/result.hpp"

namespace slewd::app {

inline constexpr int kUnreachable = 3;  // no daemon answers

// Prints the error; kUnreachable when no daemon answered (ErrorCode::unavailable).
[[nodiscard]] int report_error(const Error& error);
// Adds a line end if the text has none.
[[nodiscard]] int print(const Result<std::string>& text);
// A view of the daemon's API (docs/api.md) as text.
using Printer = std::function<Result<std::string>(std::string_view json)>;
// Asks the daemon and prints the answer; with --json the body as it is.
[[nodiscard]] int show(const Arguments& arguments, const char* view, const Printer& printer);
// The same for the status, with the exit status of its verdict.
[[nodiscard]] int show_status(const Arguments& arguments);

}  // namespace slewd::app
