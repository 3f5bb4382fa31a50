// SPDX-License-Identifier: Apache-2.0
// Which program a process runs and where it belongs: its systemd unit or its container.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slewd::os {

struct ProcessIdentity {
  std::string command;  // "date": at most 15 characters, which the process itself may have chosen
  std::string origin;   // "cron.service", "container 1a2b3c4d5e6f"; empty = unknown
};

// Of a running process, or of one that has ended and waits for its parent. Empty when there is none
// (any more). Reads two files of /proc, which never waits for a disk; any thread.
[[nodiscard]] std::optional<ProcessIdentity> identify_process(int pid,
                                                              const std::string& proc = "/proc");

// The same for the text of a /proc/<pid>/cgroup, of any version. A container outranks the unit that
// started it; within a user's session the innermost unit counts. Slices do not count.
[[nodiscard]] std::string origin_of(std::string_view cgroups);

// Printable ASCII unchanged, '?' for every other byte: any user can choose process names.
[[nodiscard]] std::string printable(std::string_view name);

}  // namespace slewd::os
