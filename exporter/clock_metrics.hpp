// The core's snapshot as metrics.
#pragma once

#include "agent/core/snapshot.hpp"
#include "exporter/families.hpp"

namespace slewd::exporter {

// Everything that holds still between two snapshots, with ages as of `now`.
void add_clock_metrics(const core::Snapshot& snapshot, const core::ClockReading& now,
                       FamilySet& out);

// The three that each scrape must have fresh: corrected time, snapshot age, uptime.
void add_moving_metrics(const core::Snapshot& snapshot, const core::ClockReading& now,
                        FamilySet& out);

}  // namespace slewd::exporter
