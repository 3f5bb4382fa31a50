// SPDX-License-Identifier: Apache-2.0
#include "agent/core/jumps/clock_event.hpp"

#include <cstddef>

namespace slewd::core {

std::string_view to_string(JumpCause cause) {
  constexpr std::array<std::string_view, kJumpCauses.size()> kNames{
      "own_step",           "external_step", "suspend", "vm_pause",    "migration", "snapshot",
      "external_frequency", "external_slew", "leap",    "clocksource", "unknown"};
  return kNames[static_cast<std::size_t>(cause)];
}

bool seen_by_programs(JumpCause cause) {
  return cause == JumpCause::own_step || cause == JumpCause::external_step ||
         cause == JumpCause::suspend || cause == JumpCause::leap;
}

std::string_view to_string(JumpDirection direction) {
  return direction == JumpDirection::backward ? "backward" : "forward";
}

}  // namespace slewd::core
