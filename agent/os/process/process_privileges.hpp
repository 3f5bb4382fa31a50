// SPDX-License-Identifier: Apache-2.0
// The privileges of this process, read from /proc: one bit needs no capability library.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd::os {

// True when the effective set contains CAP_SYS_TIME. A container's filter may still refuse the
// calls, so an error of the clock driver decides.
[[nodiscard]] bool has_time_capability();

// The same for the text of a /proc/<pid>/status. False for text without a readable CapEff line.
[[nodiscard]] bool grants_time_capability(std::string_view status);

// Whether a process is of the first user namespace, by the text of its /proc/<pid>/uid_map, which
// all may read. The kernel lets CAP_SYS_TIME set the clock there alone; in a namespace of his own
// any user has every capability. The first one maps every number to itself, and only root can make
// another that does.
[[nodiscard]] bool maps_every_user(std::string_view uid_map);

// The process keeps its capabilities, and the programs that it starts get none of them, also when
// it is root. For the main thread, before others start.
void keep_capabilities_from_children();
// The same of CAP_SYS_TIME alone, for root whose children need root's other rights.
void keep_clock_from_children();

// Root becomes `user`, with all of its groups, and keeps of its capabilities CAP_SYS_TIME alone,
// where it has it. Of no effect on a process that is not root. For the main thread, before others
// start. Errors: `not_found` when there is no such user, and nothing has changed; else the process
// must not go on.
[[nodiscard]] Result<void> become_user(const std::string& user);

}  // namespace slewd::os
