// SPDX-License-Identifier: Apache-2.0
// True time as estimated from the snapshot, and its text form.
#pragma once

#include <optional>
#include <string>

#include "agent/core/snapshot.hpp"

namespace slewd::exporter {

// Corrected UTC at `now`: the snapshot's wall clock and offset, carried forward on the raw timeline
// at the estimated frequency, so that a step since then has no effect. Empty without an offset.
[[nodiscard]] std::optional<WallTime> corrected_utc(const core::Snapshot& snapshot,
                                                    const core::ClockReading& now);

// RFC 3339 with microseconds: "2024-06-30T23:59:59.123456Z".
[[nodiscard]] std::string format_utc(WallTime time);

}  // namespace slewd::exporter
