// SPDX-License-Identifier: Apache-2.0
// The timelines of a machine, moved by hand, for the tests of the jump classifier.
#pragma once

#include <chrono>
#include <optional>

#include "agent/core/jumps/jump_classifier.hpp"

namespace slewd::core {

using namespace std::chrono_literals;

// 00:00:00 UTC of the first day after it.
inline WallTime end_of_month(int year, unsigned month) {
  const std::chrono::year_month which = std::chrono::year{year} / std::chrono::month{month};
  return WallTime{std::chrono::sys_days{(which + std::chrono::months{1}) / 1}.time_since_epoch()};
}

// A machine whose timelines a test moves by hand.
struct Timelines {
  ClockReading reading{.mono = MonoTime{100s},
                       .raw = RawTime{100s},
                       .boot = BootTime{100s},
                       .wall = WallTime{1'700'000'000s},
                       .width = 1us,
                       .tai = TaiTime{1'700'000'037s}};
  MachineSigns signs;
  void pass(Nanos time) {
    reading.mono += time;
    reading.raw += time;
    reading.boot += time;
    reading.wall += time;
    reading.tai += time;
  }
  void set_by(Nanos step) {
    reading.wall += step;
    reading.tai += step;
  }
  // The newest event of a look; the tests make one at a time.
  std::optional<ClockEvent> look(JumpClassifier& jumps, bool told, Nanos overrun = {}) const {
    const auto events =
        jumps.look({.clocks = reading, .notified = told, .overrun = overrun}, signs);
    return events.empty() ? std::nullopt : std::optional(events.back());
  }
};

}  // namespace slewd::core
