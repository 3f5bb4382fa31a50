// The commands of the unix socket: pause, resume, burst, reload.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/inputs.hpp"

namespace slewd::exporter {

[[nodiscard]] bool is_command(std::string_view name);

struct Command {
  std::string name;
  std::string reason;             // of pause
  std::optional<Nanos> duration;  // of pause; unset: until resume
};

// `body` is empty or a JSON object; only pause has keys: "reason" and "for" ("2h").
// ErrorCode::invalid, with the line, for anything else.
[[nodiscard]] Result<Command> parse_command(std::string_view name, std::string_view body);

[[nodiscard]] Result<void> run_command(Control& control, const Command& command);

}  // namespace slewd::exporter
