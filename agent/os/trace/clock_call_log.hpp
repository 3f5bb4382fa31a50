// SPDX-License-Identifier: Apache-2.0
// The calls of the last ten seconds, in the order in which they entered the kernel.
#pragma once

#include <optional>
#include <vector>

#include "agent/core/witnesses.hpp"
#include "agent/os/trace/process_origin.hpp"

namespace slewd::os {

// Bounded by limits::kClockCalls: a program that reads the clock's state without end must not push
// out the one call that set it, so reads give way first. A value; not locked.
class ClockCallLog {
 public:
  void add(core::ClockCall call);
  [[nodiscard]] std::vector<core::ClockCall> since(RawTime from) const;
  // As a process was known when it last called; nothing when it was not.
  [[nodiscard]] std::optional<ProcessIdentity> known(int process) const;

 private:
  void make_room();
  std::vector<core::ClockCall> calls_;  // oldest first
};

}  // namespace slewd::os
