// SPDX-License-Identifier: Apache-2.0
// Where the numbers of tracepoints come from: the kernel's tracefs, which only root may read, or
// the file that root has written from it.
#pragma once

#include <string>
#include <vector>

#include "agent/os/process/container.hpp"
#include "agent/os/trace/tracepoint_list.hpp"

namespace slewd::os {

// From a mounted tracefs. `permission` without root, `not_found` where it is not mounted.
[[nodiscard]] Result<TracepointList> read_tracefs(const std::string& folder);

// Where kernels have tracefs: /sys/kernel/tracing, and before 4.1 only a folder of debugfs.
[[nodiscard]] std::vector<std::string> usual_tracefs_folders();

// From the first of `folders` that has it, or else from `file`; the error tells of both, and what
// can be done at this `place`. What the daemon calls; does not need root when `file` is readable.
[[nodiscard]] Result<TracepointList> load_tracepoints(
    const std::string& file, const std::vector<std::string>& folders = usual_tracefs_folders(),
    Place place = where_we_run());

// For a short command of root: where tracefs is mounted nowhere, this process moves to a mount
// namespace of its own and mounts it there, which nobody else sees. One thread only.
[[nodiscard]] Result<TracepointList> read_tracepoints_as_root();

// To `file`, which every user may read.
Result<void> write_tracepoints(const std::string& file, const TracepointList& list);

}  // namespace slewd::os
