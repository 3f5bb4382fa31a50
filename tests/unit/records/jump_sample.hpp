// SPDX-License-Identifier: Apache-2.0
// Made-up events and the boot that they are of, for the tests of the jump ledger.
#pragma once

#include "agent/core/jumps/clock_event.hpp"
#include "agent/records/jump_history.hpp"

namespace slewd::records {

inline const BootMark kBoot{"this-boot", BootTime{std::chrono::hours(1)}};

[[nodiscard]] inline core::ClockEvent jump(std::uint64_t id,
                                           Nanos size = std::chrono::seconds(-11)) {
  using namespace std::chrono_literals;
  core::ClockEvent event;
  event.id = id;
  event.cause = core::JumpCause::external_step;
  event.size = size;
  event.uncertainty = 40us;
  event.seen_mono = MonoTime{100s} + id * 1s;
  event.seen_boot = BootTime{120s} + id * 1s;
  event.wall_before = WallTime{1'700'000'000s} + id * 1s;
  event.wall_after = event.wall_before + size;
  event.latency = 3ms;
  event.witnesses = "clock_set real-mono";
  return event;
}

}  // namespace slewd::records
