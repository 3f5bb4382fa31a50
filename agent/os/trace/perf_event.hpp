// SPDX-License-Identifier: Apache-2.0
// Opens the kernel's tracepoints on one processor (perf_event_open(2)).
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::os {

enum class RingUse {
  wakes,       // each record makes the descriptor readable; what finds no room is lost
  overwrites,  // no wake-up; the newest records replace the oldest
};

// All processes on `processor`; each record is a sample as perf_records.hpp reads it, in the time
// of CLOCK_MONOTONIC_RAW. `unavailable` = the processor is offline; `permission` says what to
// grant.
[[nodiscard]] Result<Fd> open_tracepoint(std::uint16_t id, int processor, RingUse use);

// Sends the records of `event` to the ring of `leader`, which is on the same processor and mapped.
Result<void> share_ring(const Fd& event, const Fd& leader);

// The kernel drops what does not match, without a wake-up: "which_clock == 0".
Result<void> filter_tracepoint(const Fd& event, const std::string& condition);

}  // namespace slewd::os
