// SPDX-License-Identifier: Apache-2.0
// The fault of KB2638243: the settings under which a persistent offset is never corrected, the
// reason, and the fixes.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "agent/w32time/w32time_settings.hpp"

namespace slewd {

enum class W32timeCureKind {
  shorten_special_poll,  // samples come before Sync is reached
  raise_min_poll,        // Sync is reached after the next sample has come
  no_fixed_interval,     // MinPollInterval and MaxPollInterval instead of SpecialPollInterval
};

struct W32timeCure {
  W32timeCureKind kind{};
  W32timeSettings settings;  // with the cure applied; free of the fault
};

// How the state passes through Sync before the next sample. Times count from the first sample
// judged a spike.
struct W32timeFault {
  std::chrono::seconds last_refused{};  // the last sample that comes within the watch
  std::chrono::seconds unset_at{};      // by the timer: the watch is over, Event 50
  std::chrono::seconds hold_at{};       // by the timer
  std::chrono::seconds sync_at{};       // by the timer
  std::chrono::seconds next_sample{};   // later than sync_at: refused again
  std::vector<W32timeCure> cures;       // in the order in which to try them; never empty
};

[[nodiscard]] std::optional<W32timeFault> find_kb2638243(const W32timeSettings& settings);

}  // namespace slewd
