// What this process may do, read from /proc: no capability library is needed for one bit.
#pragma once

#include <string_view>

namespace slewd::os {

// True when the effective set holds CAP_SYS_TIME. A container's filter may still refuse the calls,
// so an error of the clock driver has the last word.
[[nodiscard]] bool has_time_capability();

// The same for the text of a /proc/<pid>/status. False for text without a readable CapEff line.
[[nodiscard]] bool grants_time_capability(std::string_view status);

// Empties the ambient set: the process keeps its capabilities, the programs that it starts get none
// of them. A kernel without ambient capabilities (before 4.3) has none to give.
void keep_capabilities_from_children();

}  // namespace slewd::os
