// SPDX-License-Identifier: Apache-2.0
#include "exporter/metrics/jump_metrics.hpp"

#include <numeric>

namespace slewd::exporter {

using core::JumpView;

void add_jump_metrics(const JumpView& jumps, MonoTime now, FamilySet& out) {
  for (std::size_t cause = 0; cause < core::kJumpCauses.size(); ++cause) {
    for (std::size_t direction = 0; direction < core::kJumpDirections.size(); ++direction) {
      out.add("slewd_jump_events_total", jumps.total[cause][direction],
              {{"direction", to_string(core::kJumpDirections[direction])},
               {"cause", to_string(core::kJumpCauses[cause])}});
    }
  }
  const auto& suspends = jumps.total[static_cast<std::size_t>(core::JumpCause::suspend)];
  out.add("slewd_suspend_events_total",
          std::accumulate(suspends.begin(), suspends.end(), std::uint64_t{0}));
  for (const core::JumpDirection direction : core::kJumpDirections) {
    const core::JumpSizes& sizes = jumps.sizes[static_cast<std::size_t>(direction)];
    out.add_histogram("slewd_jump_size_seconds", core::JumpSizes::kBounds, sizes.counts, sizes.sum,
                      {{"direction", to_string(direction)}});
  }
  out.add("slewd_jump_largest_backward_seconds", jumps.largest_backward);
  if (jumps.recent.empty()) return;
  const core::ClockEvent& last = jumps.recent.back();
  if (last.size_known()) out.add("slewd_jump_last_size_seconds", last.size);
  if (!last.former) out.add("slewd_jump_last_age_seconds", now - last.seen_mono);
  out.add("slewd_jump_last_latency_seconds", last.latency);
}

void add_witness_metrics(const core::Snapshot& snapshot, FamilySet& out) {
  out.add("slewd_external_steering_detected", snapshot.external.detected ? 1.0 : 0.0);
  out.add("slewd_external_steering_events_total", snapshot.external.events);
  if (!snapshot.disruptions) return;  // no vmclock: unknown
  out.add("slewd_vmclock_disruptions_total", *snapshot.disruptions);
  out.add("slewd_vmclock_disruption_announced", snapshot.disruption_announced ? 1.0 : 0.0);
}

void add_jump_ledger_metrics(const rules::JumpLedgerView& ledger, FamilySet& out) {
  out.add("slewd_jump_ledger_write_failures_total", ledger.write_failures);
  out.add("slewd_jump_ledger_lost_events_total", ledger.lost_events);
  out.add("slewd_jump_ledger_damaged_lines_total", ledger.damaged_lines);
}

}  // namespace slewd::exporter
