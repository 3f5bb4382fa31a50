// SPDX-License-Identifier: Apache-2.0
// What the programs share beyond the parser of their command lines, and how they answer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/result.hpp"

namespace CLI {
class App;
}

namespace slewd::app {

// Exit statuses. Stable: scripts and units rely on them.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;  // refused, not found, or a failed check
inline constexpr int kUsage = 2;   // wrong command line, scenario or configuration

// `invalid` when the arguments name a command, at any depth, that `program` does not have; suggests
// a similar one, or names the program to which it was moved.
[[nodiscard]] std::optional<Error> unknown_command(const CLI::App& program, int argc,
                                                   const char* const* argv);

// The width of the terminal on standard output; 0 = standard output is no terminal.
[[nodiscard]] std::size_t terminal_width();

// Writes to standard output; adds a line end if the text has none.
[[nodiscard]] Result<void> print_text(const std::string& text);

// Prints the result of a command that needs no daemon: the text to standard output, an error to
// standard error. An error in the input is kUsage, else kFailed.
[[nodiscard]] int print_offline(const Result<std::string>& text);

// `Check` has `text` and `sound`, for instance ConfigCheck. kFailed where it is not sound.
template <class Check>
[[nodiscard]] int print_check(const Result<Check>& check) {
  if (!check) return print_offline(fail(check.error()));
  const int printed = print_offline(check->text);
  return check->sound || printed != kDone ? printed : kFailed;
}

}  // namespace slewd::app
