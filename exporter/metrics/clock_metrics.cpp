// SPDX-License-Identifier: Apache-2.0
#include "exporter/metrics/clock_metrics.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <unordered_set>

#include "exporter/corrected_time.hpp"
#include "exporter/metrics/jump_metrics.hpp"
#include "exporter/seconds.hpp"
#include "exporter/verdict.hpp"
#include "exporter/words.hpp"

namespace slewd::exporter {
namespace {

using core::ClockReading;
using core::ClockView;
using core::Snapshot;

void add_estimate(const ClockView& clock, FamilySet& out) {
  out.add("slewd_clock_offset_seconds", clock.offset);
  out.add("slewd_clock_error_bound_seconds", clock.error_bound);
  out.add("slewd_clock_jitter_seconds", clock.jitter);
  out.add("slewd_clock_rms_offset_seconds", clock.rms_offset);
  out.add("slewd_clock_root_delay_seconds", clock.root_delay);
  out.add("slewd_clock_root_dispersion_seconds", clock.root_dispersion);
  out.add("slewd_clock_frequency_offset_ratio", clock.frequency);
  out.add("slewd_clock_frequency_skew_ratio", clock.skew);
  out.add("slewd_clock_base_frequency_ratio", clock.base_frequency);
  out.add("slewd_clock_base_frequency_limit_ratio", clock.frequency_limit);
  for (const core::FrequencyState state : core::kFrequencyStates) {
    out.add("slewd_clock_frequency_state", state == clock.frequency_state,
            {{"state", to_string(state)}});
  }
  out.add("slewd_clock_slew_remaining_seconds", clock.slew_remaining);
  out.add("slewd_clock_slew_rate_ratio", clock.slew_rate);
  out.add("slewd_clock_convergence_seconds", clock.convergence);
  out.add("slewd_clock_stratum", static_cast<double>(clock.stratum));
  for (const std::string_view leap : kLeapWords) {
    out.add("slewd_clock_leap_state", leap == leap_word(clock), {{"state", leap}});
  }
}

void add_verdict(const Verdict& verdict, FamilySet& out) {
  for (const Level level : kLevels) {
    out.add("slewd_verdict", level == verdict.level, {{"level", to_string(level)}});
  }
  out.add("slewd_clock_synchronized", verdict.synchronized);
}

void add_planned_leap(const core::LeapView& leap, FamilySet& out) {
  out.add("slewd_clock_planned_leap_timestamp_seconds", leap.month_end.since_epoch,
          {{"state", word(leap.leap)}, {"mode", to_string(leap.mode)}});
}

void add_tai(const core::TaiView& tai, FamilySet& out) {
  if (tai.offset) out.add("slewd_leap_list_tai_offset_seconds", static_cast<double>(*tai.offset));
  out.add("slewd_leap_list_expiry_timestamp_seconds", tai.list_expires.since_epoch);
}

void add_updates(const Snapshot& snapshot, const ClockReading& now, FamilySet& out) {
  const std::optional<Nanos> update_age = time_since(snapshot.clock.last_update, now.mono);
  out.add("slewd_clock_update_interval_seconds", snapshot.clock.update_interval);
  out.add("slewd_clock_last_update_age_seconds", update_age);
  if (const auto truth = corrected_utc(snapshot, now); truth && update_age) {
    out.add("slewd_clock_last_update_timestamp_seconds", (*truth - *update_age).since_epoch);
  }
  out.add_histogram("slewd_clock_offset_magnitude_seconds", core::OffsetHistogram::kBounds,
                    snapshot.offsets.counts, snapshot.offsets.sum);
  const core::Adjustments& done = snapshot.adjustments;
  out.add("slewd_clock_adjustments_total", done.slews, {{"mode", "slew"}});
  out.add("slewd_clock_adjustments_total", done.steps, {{"mode", "step"}});
  out.add("slewd_clock_adjustment_failures_total", done.denied, {{"reason", "eperm"}});
  out.add("slewd_clock_adjustment_failures_total", done.invalid, {{"reason", "einval"}});
  out.add("slewd_clock_adjustment_failures_total", done.other_failures, {{"reason", "other"}});
}

void add_invariants(const core::InvariantCounts& counts, FamilySet& out) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    out.add("slewd_invariant_violations_total", counts[i],
            {{"invariant", to_string(core::kInvariants[i])}});
  }
}

void add_phase(const Snapshot& snapshot, MonoTime now, FamilySet& out) {
  for (const core::Phase phase : core::kPhases) {
    out.add("slewd_clock_state", phase == snapshot.phase.phase, {{"state", word(phase)}});
  }
  for (const core::AlarmReason reason : core::kAlarmReasons) {
    out.add("slewd_clock_alarm", snapshot.alarm && snapshot.alarm->reason == reason,
            {{"reason", to_string(reason)}});
  }
  out.add("slewd_clock_majority_lost", snapshot.majority_lost);
  out.add("slewd_clock_state_age_seconds", now - snapshot.phase.since);
  out.add("slewd_clock_event_50_total", snapshot.phase.event_50);
  for (const core::Mode mode : kModes) {
    out.add("slewd_mode", mode == snapshot.mode, {{"mode", to_string(mode)}});
  }
  out.add("slewd_steering", snapshot.steering);
  out.add("slewd_poll_minimum_seconds", snapshot.poll_range.minimum);
  out.add("slewd_poll_maximum_seconds", snapshot.poll_range.maximum);
  out.add("slewd_snapshots_total", snapshot.generation);
}

void add_kernel(const core::KernelReadback& kernel, FamilySet& out) {
  out.add("slewd_kernel_frequency_ratio", kernel.frequency);
  out.add("slewd_kernel_singleshot_remaining_seconds", kernel.singleshot_remaining);
  out.add("slewd_kernel_unsynchronized", kernel.unsynchronized);
  out.add("slewd_kernel_maxerror_seconds", kernel.max_error);
  out.add("slewd_kernel_esterror_seconds", kernel.estimated_error);
  out.add("slewd_kernel_status", static_cast<double>(kernel.status_bits));
  // The kernel starts with 0, which is never right since 1972: not set.
  if (kernel.tai_offset != 0) {
    out.add("slewd_clock_tai_offset_seconds", static_cast<double>(kernel.tai_offset));
  }
}

void add_source(const core::SourceView& source, MonoTime now, FamilySet& out) {
  const Label name{"source", source.name};
  out.add("slewd_source_info", 1.0, {name, {"address", source.address}, {"refid", source.refid}});
  for (const core::SourceState state : core::kSourceStates) {
    out.add("slewd_source_state", state == source.state, {name, {"state", to_string(state)}});
  }
  out.add("slewd_source_offset_seconds", source.offset, {name});
  out.add("slewd_source_delay_seconds", source.delay, {name});
  out.add("slewd_source_dispersion_seconds", source.dispersion, {name});
  out.add("slewd_source_jitter_seconds", source.jitter, {name});
  out.add("slewd_source_root_distance_seconds", source.root_distance, {name});
  out.add("slewd_source_poll_interval_seconds", source.poll_interval, {name});
  if (source.responses > 0) {
    out.add("slewd_source_stratum", static_cast<double>(source.stratum), {name});
  }
  out.add("slewd_source_reachability_ratio", std::popcount(source.reach) / 8.0, {name});
  out.add("slewd_source_last_sample_age_seconds", time_since(source.last_sample, now), {name});
  out.add("slewd_source_requests_total", source.requests, {name});
  out.add("slewd_source_responses_total", source.responses, {name});
  for (std::size_t i = 0; i < core::kRejects.size(); ++i) {
    out.add("slewd_source_rejected_total", source.rejected[i],
            {name, {"reason", to_string(core::kRejects[i])}});
  }
}

}  // namespace

void add_clock_metrics(const Snapshot& published, const ClockReading& now, FamilySet& out) {
  const Snapshot snapshot = core::carried_to(published, now);
  add_verdict(judge(snapshot, now), out);
  add_phase(snapshot, now.mono, out);
  add_estimate(snapshot.clock, out);
  if (snapshot.planned_leap) add_planned_leap(*snapshot.planned_leap, out);
  if (snapshot.tai) add_tai(*snapshot.tai, out);
  add_updates(snapshot, now, out);
  add_invariants(snapshot.invariants, out);
  add_jump_metrics(snapshot.jumps, now.mono, out);
  add_witness_metrics(snapshot, out);
  if (snapshot.kernel) add_kernel(*snapshot.kernel, out);
  // Two series with the same labels would make Prometheus refuse the whole page.
  std::unordered_set<std::string_view> seen;
  for (const core::SourceView& source : snapshot.sources) {
    if (seen.insert(source.name).second) add_source(source, now.mono, out);
  }
}

void add_moving_metrics(const Snapshot& snapshot, const ClockReading& now, FamilySet& out) {
  if (const auto truth = corrected_utc(snapshot, now)) {
    out.add("slewd_time_seconds", truth->since_epoch);
  }
  out.add("slewd_uptime_seconds", now.boot - snapshot.started);
  out.add("slewd_snapshot_age_seconds", now.mono - snapshot.published);
  out.add("slewd_snapshot_overdue_seconds", std::max(now.mono - snapshot.due, Nanos{0}));
}

}  // namespace slewd::exporter
