// SPDX-License-Identifier: Apache-2.0
// Programs that steer a machine's clock, told by a process's name and command line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slewd::os {

// Whether a process of this name (/proc/<pid>/comm) may steer, so that more of it is worth reading.
[[nodiscard]] bool may_steer(std::string_view comm);

// What people call the program: "chronyd". Empty when it leaves the clock alone, by its name or by
// its options. `command_line` is /proc/<pid>/cmdline: words that end with NUL; where it is empty,
// the program is taken at its name.
[[nodiscard]] std::optional<std::string> steering_program(std::string_view comm,
                                                          std::string_view command_line);

}  // namespace slewd::os
