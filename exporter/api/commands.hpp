// SPDX-License-Identifier: Apache-2.0
// The commands of the unix socket: pause, resume, burst, reload, step.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/inputs.hpp"

namespace slewd::exporter {

[[nodiscard]] bool is_command(std::string_view name);

struct Command {
  std::string name;
  std::string reason;             // of pause and step
  std::optional<Nanos> duration;  // of pause; unset: until resume
  bool dry = true;                // of step: only shown
};

// `body` is empty or a JSON object; pause has the keys "reason" and "for" ("2h"),
// step has "reason" and "dry", which is true unless it says false.
// ErrorCode::invalid, with the line, for anything else.
[[nodiscard]] Result<Command> parse_command(std::string_view name, std::string_view body);

// The answer's JSON text.
[[nodiscard]] Result<std::string> run_command(Control& control, const Command& command);

}  // namespace slewd::exporter
