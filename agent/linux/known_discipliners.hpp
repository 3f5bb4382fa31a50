// Other programs that steer a machine's clock, found by the names of running processes. In a
// container without the host's process table nobody is found: an absence proves nothing.
#pragma once

#include <optional>
#include <string>

namespace slewd::os {

// The first running one, for people: "chronyd (process 812)". Blocks on /proc; any thread.
[[nodiscard]] std::optional<std::string> find_discipliner(const std::string& proc = "/proc");

}  // namespace slewd::os
