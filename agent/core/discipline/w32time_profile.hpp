// SPDX-License-Identifier: Apache-2.0
// slewd's own configuration under `profile: w32time`, expressed in w32time's settings: what its
// machine runs by, and what is checked for the fault of KB2638243.
#pragma once

#include <optional>

#include "agent/core/config.hpp"
#include "agent/w32time/w32time_fault.hpp"
#include "agent/w32time/w32time_settings.hpp"

namespace slewd::core {

// LargePhaseOffset ends here: 32 bits of 100 ns.
inline constexpr Nanos kLongestLargePhaseOffset = std::chrono::seconds(429);

// hold_samples, large_phase_offset, spike_watch, special_poll_interval and poll in w32time's units:
// a part of a unit is left out, and a poll interval is the power of two seconds within it. Neither
// of the two limits to what is corrected holds.
[[nodiscard]] W32timeSettings w32time_settings(const CoreConfig& config);

// Whether time moves the phase as well: the legacy timer, beside a fixed interval.
[[nodiscard]] bool legacy_timer_runs(const CoreConfig& config);

// The fault, where the legacy timer brings Sync before the next sample.
[[nodiscard]] std::optional<W32timeFault> find_kb2638243(const CoreConfig& config);

}  // namespace slewd::core
