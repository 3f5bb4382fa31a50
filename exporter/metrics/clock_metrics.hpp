// SPDX-License-Identifier: Apache-2.0
// The core's snapshot as metrics.
#pragma once

#include "agent/core/snapshot.hpp"
#include "exporter/metrics/families.hpp"

namespace slewd::exporter {

// Everything else, carried to `now`.
void add_clock_metrics(const core::Snapshot& published, const core::ClockReading& now,
                       FamilySet& out);

// Values that are computed for each scrape: corrected time, uptime, the snapshot's age and by how
// much the next one is overdue.
void add_moving_metrics(const core::Snapshot& snapshot, const core::ClockReading& now,
                        FamilySet& out);

}  // namespace slewd::exporter
