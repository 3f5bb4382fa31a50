// SPDX-License-Identifier: Apache-2.0
// What a tracepoint's record says: a call that may have set the clock, or the end of a process.
#pragma once

#include <optional>
#include <string>

#include "agent/core/witnesses.hpp"
#include "agent/os/trace/perf_records.hpp"
#include "agent/os/trace/tracepoint_list.hpp"

namespace slewd::os {

// Command and origin are still empty. Nothing for other tracepoints and for other clocks than
// CLOCK_REALTIME: ptp4l sets those of network cards.
[[nodiscard]] std::optional<core::ClockCall> decode_call(const PerfSample& sample,
                                                         const TracepointList& tracepoints);

struct ProcessEnd {
  int process = 0;
  RawTime at;
  std::string command;
};

// Nothing for the end of a thread other than the first of its process.
[[nodiscard]] std::optional<ProcessEnd> decode_end(const PerfSample& sample,
                                                   const TracepointList& tracepoints);

}  // namespace slewd::os
