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

// From the first of `folders` that has it, or else from `file`; the error names both, and what to
// do at this `place`. Called by the daemon; needs no root when `file` is readable.
[[nodiscard]] Result<TracepointList> load_tracepoints(
    const std::string& file, const std::vector<std::string>& folders = usual_tracefs_folders(),
    Place place = where_we_run());

// For a short command of root: if tracefs is not mounted, this process mounts it in a private mount
// namespace. One thread only.
[[nodiscard]] Result<TracepointList> read_tracepoints_as_root();

// To `file`, which every user may read.
Result<void> write_tracepoints(const std::string& file, const TracepointList& list);

}  // namespace slewd::os
