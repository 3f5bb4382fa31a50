// SPDX-License-Identifier: Apache-2.0
// The kernel's four clocks, read in one sandwich.
#pragma once

#include "agent/core/ports.hpp"

namespace slewd::os {

// Any thread. All readings lie between two readings of CLOCK_MONOTONIC; `mono` is their middle and
// `width` their distance. A reading during which the thread was preempted is repeated, at most
// twice, and the narrowest is taken. Where the kernel has no CLOCK_BOOTTIME, `boot` equals `mono`.
class SystemClock : public core::Clock {
 public:
  [[nodiscard]] core::ClockReading now() const override;
};

}  // namespace slewd::os
