// SPDX-License-Identifier: Apache-2.0
// True time as estimated from the snapshot, and its text form.
#pragma once

#include <optional>

#include "agent/core/snapshot.hpp"

namespace slewd::exporter {

// Corrected UTC at `now`: the snapshot's wall clock and offset, carried forward on the raw timeline
// at the estimated frequency, so that a step since then has no effect. Empty without an offset.
[[nodiscard]] std::optional<WallTime> corrected_utc(const core::Snapshot& snapshot,
                                                    const core::ClockReading& now);

// The decimals of utc_text() in the API.
inline constexpr std::size_t kUtcDecimals = 6;

}  // namespace slewd::exporter
