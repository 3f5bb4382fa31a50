// SPDX-License-Identifier: Apache-2.0
// The kernel's tracepoints that show who sets the clock. Their numbers differ from boot to boot and
// only root may read them, so they travel through a small file to the daemon that runs without root
// (`slewd tracepoints --write FILE`).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace slewd::os {

enum class Traced { clock_settime, settimeofday, clock_adjtime, adjtimex, process_exit };

// What we ask of a tracepoint, by the names that the kernel gives them.
struct TracepointName {
  Traced what;
  std::string_view path;   // below tracefs's events: "syscalls/sys_enter_clock_settime"
  std::string_view field;  // whose place in the record is needed; empty = none
};
[[nodiscard]] std::span<const TracepointName> traced_names();

struct Tracepoint {
  Traced what;
  std::uint16_t id = 0;     // perf_event_attr's config, and the first two bytes of each record
  std::uint16_t field = 0;  // the field's offset in the record, in bytes
  friend bool operator==(const Tracepoint&, const Tracepoint&) = default;
};

// Kernels lack some of them; a list that holds none that sets the clock is `unsupported`.
using TracepointList = std::vector<Tracepoint>;

// Of the text of a tracefs format file. `unsupported` when the field is not of a fixed place.
[[nodiscard]] Result<Tracepoint> parse_tracepoint_format(const TracepointName& name,
                                                         std::string_view text);

// The small file: a line "PATH ID OFFSET" for each tracepoint. `invalid` names the line.
[[nodiscard]] Result<TracepointList> parse_tracepoints(std::string_view text);
[[nodiscard]] std::string format_tracepoints(const TracepointList& list);

}  // namespace slewd::os
