// SPDX-License-Identifier: Apache-2.0
// One discontinuity of the clock, whatever made it (design section 7).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/frequency.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

enum class JumpCause {
  own_step,
  external_step,
  suspend,
  vm_pause,
  migration,
  snapshot,
  external_frequency,
  external_slew,
  leap,
  clocksource,
  unknown,
};
inline constexpr std::array kJumpCauses{
    JumpCause::own_step,           JumpCause::external_step, JumpCause::suspend,
    JumpCause::vm_pause,           JumpCause::migration,     JumpCause::snapshot,
    JumpCause::external_frequency, JumpCause::external_slew, JumpCause::leap,
    JumpCause::clocksource,        JumpCause::unknown};
[[nodiscard]] std::string_view to_string(JumpCause cause);

// Programs saw the clock move, and did not stand still themselves.
[[nodiscard]] bool seen_by_programs(JumpCause cause);

enum class JumpDirection { forward, backward };
inline constexpr std::array kJumpDirections{JumpDirection::forward, JumpDirection::backward};
[[nodiscard]] std::string_view to_string(JumpDirection direction);

// Of an event whose size only the next samples can show.
inline constexpr Nanos kUnknownSize{(std::int64_t{1} << 62) - 1};

// `size` says what programs saw, where the clock was set: negative = it went back. Where the whole
// machine stood still or was elsewhere (vm_pause, migration, snapshot), no program saw anything:
// negative = the clock has lost that much against true time.
struct ClockEvent {
  // Rises by one, across restarts where there is a jump ledger; stays when an event is refined.
  std::uint64_t id{};
  JumpCause cause = JumpCause::unknown;
  Nanos size{};
  Nanos uncertainty{};  // half width of what the witnesses allow; kUnknownSize: not known yet
  MonoTime seen_mono;   // when we noticed
  BootTime seen_boot;
  WallTime wall_before;  // what the wall clock would have shown
  WallTime wall_after;   // what it showed
  Nanos latency{};  // longest time between the discontinuity and our notice: since the last look
  // By how much true time less RAW has moved, as far as the witnesses know it, and what they leave
  // open: for the filters, which measure against RAW.
  Nanos phase_shift{};
  double phase_sd = 0;       // s
  double frequency_sd = 0;   // ratio
  Ppm rate_change{};         // of the wall clock, where the frequency was changed
  std::string witnesses{};   // "clock_set real-mono": who spoke
  std::string originator{};  // who did it: "date (process 812, cron.service)"; empty = unknown
  bool former = false;       // of an earlier boot: seen_mono and seen_boot mean nothing in this one

  [[nodiscard]] bool size_known() const { return uncertainty != kUnknownSize; }
  [[nodiscard]] JumpDirection direction() const {
    return size < Nanos{0} ? JumpDirection::backward : JumpDirection::forward;
  }
  friend bool operator==(const ClockEvent&, const ClockEvent&) = default;
};

}  // namespace slewd::core
