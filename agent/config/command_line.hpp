// SPDX-License-Identifier: Apache-2.0
// What the programs want of their command lines beyond what the parser gives, and how they answer.
#pragma once

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
inline constexpr int kFailed = 1;  // refused, not there, or a check that found a fault
inline constexpr int kUsage = 2;   // wrong command line, scenario or configuration

// `invalid` when the first argument is a word, but none of these commands: says which would be
// near.
[[nodiscard]] std::optional<Error> unknown_command(const std::vector<CLI::App*>& commands, int argc,
                                                   const char* const* argv);

// Writes to standard output, with a line's end if the text has none. The error says why it cannot.
[[nodiscard]] Result<void> print_text(const std::string& text);

// Answers a command that works on files or on this machine, not on the daemon: the text goes to
// standard output, an error to standard error. An error in the input is kUsage, else kFailed.
[[nodiscard]] int print_offline(const Result<std::string>& text);

// `Check` has `text` and `sound`, for instance ConfigCheck. kFailed where it is not sound.
template <class Check>
[[nodiscard]] int print_check(const Result<Check>& check) {
  if (!check) return print_offline(fail(check.error()));
  const int printed = print_offline(check->text);
  return check->sound || printed != kDone ? printed : kFailed;
}

}  // namespace slewd::app
