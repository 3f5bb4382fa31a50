// The commands of the unix socket: pause, resume, burst, reload.
#pragma once

#include <string>
#include <string_view>

#include "exporter/inputs.hpp"

namespace slewd::exporter {

[[nodiscard]] bool is_command(std::string_view name);

// The reason in a command's body, which is empty or a JSON object; only pause has a key: "reason".
// ErrorCode::invalid, with the line, for anything else.
[[nodiscard]] Result<std::string> parse_reason(std::string_view name, std::string_view body);

// `name` is one of the commands; `reason` goes to pause.
[[nodiscard]] Result<void> run_command(Control& control, std::string_view name,
                                       std::string_view reason);

}  // namespace slewd::exporter
