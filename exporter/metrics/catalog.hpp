// SPDX-License-Identifier: Apache-2.0
// Every metric in one table: the exporter looks its rows up at compile time, docs/metrics.md is
// generated from it, and a test holds each to the naming rules of Prometheus. A name that is not
// here cannot be exported.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace slewd::exporter {

enum class MetricKind { gauge, counter, histogram };

struct MetricInfo {
  std::string_view name;  // as in text 0.0.4, with `_total`
  MetricKind kind = MetricKind::gauge;
  std::string_view labels;  // "source,reason"; empty = none
  std::string_view help;
};

inline constexpr std::array kCatalog{
    // The daemon.
    MetricInfo{"slewd_build_info", MetricKind::gauge, "version,revision,compiler",
               "The build that runs; always 1."},
    MetricInfo{
        "slewd_time_seconds", MetricKind::gauge, "",
        "Corrected UTC as Unix time, at the moment of the scrape: compare with timestamp()."},
    MetricInfo{
        "slewd_uptime_seconds", MetricKind::gauge, "",
        "Age of the process, suspended time included; a step of the clock cannot change it."},
    MetricInfo{"slewd_snapshot_age_seconds", MetricKind::gauge, "",
               "Monotonic age of the published snapshot; up to 512 s while nothing happens."},
    MetricInfo{"slewd_snapshot_overdue_seconds", MetricKind::gauge, "",
               "How late the next snapshot is; grows from 0 when the core is stuck."},
    MetricInfo{"slewd_snapshots_total", MetricKind::counter, "",
               "Snapshots that the core has published."},
    MetricInfo{"slewd_mode", MetricKind::gauge, "mode",
               "1 for the configured mode: observe, auto or takeover."},
    MetricInfo{"slewd_steering", MetricKind::gauge, "",
               "1 when slewd may move the clock now, 0 when it only observes."},
    MetricInfo{"slewd_poll_minimum_seconds", MetricKind::gauge, "",
               "Shortest poll interval now allowed, after rules have had their say."},
    MetricInfo{"slewd_poll_maximum_seconds", MetricKind::gauge, "",
               "Longest poll interval now allowed, after rules have had their say."},

    // The clock.
    MetricInfo{
        "slewd_clock_offset_seconds", MetricKind::gauge, "",
        "Reference minus local clock (NTP theta) at the snapshot: positive = the local clock "
        "is behind."},
    MetricInfo{"slewd_clock_error_bound_seconds", MetricKind::gauge, "",
               "The true error is at most this: offset, root delay/2, dispersion, 4 standard "
               "deviations and ageing. Alert on this one."},
    MetricInfo{"slewd_clock_jitter_seconds", MetricKind::gauge, "",
               "Standard deviation of the offset estimate."},
    MetricInfo{"slewd_clock_rms_offset_seconds", MetricKind::gauge, "",
               "Exponentially weighted root mean square of the offset over updates."},
    MetricInfo{"slewd_clock_root_delay_seconds", MetricKind::gauge, "",
               "Round trip to the primary reference."},
    MetricInfo{"slewd_clock_root_dispersion_seconds", MetricKind::gauge, "",
               "Accumulated dispersion to the primary reference."},
    MetricInfo{"slewd_clock_frequency_offset_ratio", MetricKind::gauge, "",
               "Frequency correction that the oscillator needs; 1e-6 is 1 ppm."},
    MetricInfo{"slewd_clock_frequency_skew_ratio", MetricKind::gauge, "",
               "Standard deviation of the frequency estimate; 1e-6 is 1 ppm."},
    MetricInfo{"slewd_clock_base_frequency_ratio", MetricKind::gauge, "",
               "Frequency that is programmed without the slew; 1e-6 is 1 ppm; absent while slewd "
               "only observes."},
    MetricInfo{"slewd_clock_base_frequency_limit_ratio", MetricKind::gauge, "",
               "The base frequency is held within this, of either sign; 1e-6 is 1 ppm."},
    MetricInfo{
        "slewd_clock_frequency_state", MetricKind::gauge, "state",
        "1 for what the frequency that the sources show is: plausible, changed (by more than "
        "100 ppm, by a lone source), implausible (beyond 500 ppm) or beyond_limit "
        "(steering.max_frequency)."},
    MetricInfo{"slewd_clock_slew_remaining_seconds", MetricKind::gauge, "",
               "What the slew still has to move, signed as the offset."},
    MetricInfo{"slewd_clock_slew_rate_ratio", MetricKind::gauge, "",
               "Rate of the slew on top of the base frequency; 1e-6 is 1 ppm."},
    MetricInfo{"slewd_clock_convergence_seconds", MetricKind::gauge, "",
               "Predicted time until the slew has ended."},
    MetricInfo{"slewd_verdict", MetricKind::gauge, "level",
               "1 for the verdict on the clock, as page, API and slewctl status give it: ok, "
               "warning, critical or unknown."},
    MetricInfo{"slewd_clock_synchronized", MetricKind::gauge, "",
               "1 when a majority of the sources agrees, the error bound is within "
               "synchronized_bound, and no step at the start is still to come."},
    MetricInfo{"slewd_clock_state", MetricKind::gauge, "state",
               "1 for the present phase: unset, hold, sync, spike, disrupted, holdover, alarm or "
               "observe."},
    MetricInfo{"slewd_clock_alarm", MetricKind::gauge, "reason",
               "1 for the reason of the present Alarm: unconfirmed_step, beyond_panic, "
               "slew_too_long or no_majority; all 0 in any other state."},
    MetricInfo{"slewd_clock_majority_lost", MetricKind::gauge, "",
               "1 while no majority of the sources that answer agrees on the time, in any state."},
    MetricInfo{"slewd_clock_state_age_seconds", MetricKind::gauge, "",
               "Time since the present phase began."},
    MetricInfo{"slewd_clock_event_50_total", MetricKind::counter, "",
               "Spikes that became the accepted truth (Event 50 of w32time)."},
    MetricInfo{"slewd_clock_stratum", MetricKind::gauge, "",
               "Distance to a reference clock in servers; 16 = not synchronised."},
    MetricInfo{
        "slewd_clock_leap_state", MetricKind::gauge, "state",
        "1 for the announced leap second: none, insert, delete, unknown, or implausible when it is "
        "announced for a month that cannot have one (leap_months)."},
    MetricInfo{"slewd_clock_planned_leap_timestamp_seconds", MetricKind::gauge, "state,mode",
               "Unix time of the end of the month at which an announced leap second, insert or "
               "delete, is handled by slew, kernel or ignore; absent without one."},
    MetricInfo{"slewd_clock_tai_offset_seconds", MetricKind::gauge, "",
               "TAI less UTC as the kernel has it; absent when the kernel was never told."},
    MetricInfo{"slewd_leap_list_tai_offset_seconds", MetricKind::gauge, "",
               "TAI less UTC by the system's list of leap seconds; absent once it has expired."},
    MetricInfo{"slewd_leap_list_expiry_timestamp_seconds", MetricKind::gauge, "",
               "Unix time from which on the system's list of leap seconds is not used."},
    MetricInfo{"slewd_clock_update_interval_seconds", MetricKind::gauge, "",
               "Time between the last two updates of the estimate."},
    MetricInfo{"slewd_clock_last_update_timestamp_seconds", MetricKind::gauge, "",
               "Corrected Unix time of the last update of the estimate."},
    MetricInfo{"slewd_clock_last_update_age_seconds", MetricKind::gauge, "",
               "Monotonic age of the last update: true even when the clock is wrong."},
    MetricInfo{"slewd_clock_offset_magnitude_seconds", MetricKind::histogram, "",
               "Absolute offset at each update."},
    MetricInfo{"slewd_clock_adjustments_total", MetricKind::counter, "mode",
               "Corrections given to the kernel: slew or step."},
    MetricInfo{"slewd_clock_adjustment_failures_total", MetricKind::counter, "reason",
               "Corrections that the kernel refused: eperm, einval or other."},
    MetricInfo{"slewd_invariant_breaches_total", MetricKind::counter, "invariant",
               "Samples at which an invariant did not hold and slewd held the clock instead: "
               "frequency_limit, outside_majority or lone_move."},

    // Jumps.
    MetricInfo{"slewd_jump_events_total", MetricKind::counter, "direction,cause",
               "Discontinuities of the clock, whoever made them."},
    MetricInfo{"slewd_jump_last_size_seconds", MetricKind::gauge, "",
               "Signed size of the newest jump: negative = the clock went back."},
    MetricInfo{"slewd_jump_last_age_seconds", MetricKind::gauge, "",
               "Monotonic age of the newest jump; absent when it was in an earlier boot."},
    MetricInfo{"slewd_jump_last_latency_seconds", MetricKind::gauge, "",
               "Longest time between the newest jump and its notice."},
    MetricInfo{"slewd_jump_largest_backward_seconds", MetricKind::gauge, "",
               "Size of the largest backward jump on record; 0 = there was none."},
    MetricInfo{"slewd_jump_size_seconds", MetricKind::histogram, "direction",
               "Magnitudes of the jumps whose size is known."},
    MetricInfo{"slewd_foreign_discipline_detected", MetricKind::gauge, "",
               "1 while somebody else steers this clock, and for ten minutes after the last sign."},
    MetricInfo{"slewd_foreign_discipline_events_total", MetricKind::counter, "",
               "How often somebody else began to steer this clock."},
    MetricInfo{
        "slewd_vmclock_disruptions_total", MetricKind::counter, "",
        "Changes of the vmclock's disruption marker: migrations and restores; absent without one."},
    MetricInfo{"slewd_vmclock_disruption_announced", MetricKind::gauge, "",
               "1 while the vmclock says that a migration is near; absent without one."},
    MetricInfo{"slewd_suspend_events_total", MetricKind::counter, "",
               "Jumps caused by suspend and resume."},
    MetricInfo{"slewd_jump_ledger_write_failures_total", MetricKind::counter, "",
               "Attempts to record a jump on disk that failed; each is tried again."},
    MetricInfo{"slewd_jump_ledger_lost_events_total", MetricKind::counter, "",
               "Jumps that never came to disk, because too many waited."},
    MetricInfo{"slewd_jump_ledger_damaged_lines_total", MetricKind::counter, "",
               "Lines of the jump ledger that could not be read when it was opened."},

    // The kernel's own view, read back.
    MetricInfo{"slewd_kernel_frequency_ratio", MetricKind::gauge, "",
               "Frequency and tick correction in force; 1e-6 is 1 ppm."},
    MetricInfo{"slewd_kernel_singleshot_remaining_seconds", MetricKind::gauge, "",
               "Rest of the kernel's own slew (adjtime)."},
    MetricInfo{"slewd_kernel_unsynchronized", MetricKind::gauge, "", "1 when STA_UNSYNC is set."},
    MetricInfo{"slewd_kernel_maxerror_seconds", MetricKind::gauge, "",
               "Maximum error as the kernel has it."},
    MetricInfo{"slewd_kernel_esterror_seconds", MetricKind::gauge, "",
               "Estimated error as the kernel has it."},
    MetricInfo{"slewd_kernel_status", MetricKind::gauge, "", "STA_* bits of adjtimex as a number."},

    // Sources.
    MetricInfo{"slewd_source_info", MetricKind::gauge, "source,address,refid",
               "Address and reference of a source; always 1."},
    MetricInfo{"slewd_source_state", MetricKind::gauge, "source,state",
               "1 for the present state: selected, combined, candidate, outlier, falseticker, "
               "unreachable or noselect."},
    MetricInfo{"slewd_source_offset_seconds", MetricKind::gauge, "source",
               "The source's own estimate of the offset, signed as slewd_clock_offset_seconds."},
    MetricInfo{"slewd_source_delay_seconds", MetricKind::gauge, "source",
               "Round trip of the last sample."},
    MetricInfo{"slewd_source_dispersion_seconds", MetricKind::gauge, "source",
               "Dispersion of the source's samples."},
    MetricInfo{"slewd_source_jitter_seconds", MetricKind::gauge, "source",
               "Standard deviation of the source's samples."},
    MetricInfo{"slewd_source_root_distance_seconds", MetricKind::gauge, "source",
               "Largest error that the source's path to its reference can hide."},
    MetricInfo{"slewd_source_poll_interval_seconds", MetricKind::gauge, "source",
               "Present poll interval."},
    MetricInfo{"slewd_source_stratum", MetricKind::gauge, "source", "Stratum of the server."},
    MetricInfo{"slewd_source_reachability_ratio", MetricKind::gauge, "source",
               "Answered share of the last 8 polls."},
    MetricInfo{"slewd_source_last_sample_age_seconds", MetricKind::gauge, "source",
               "Monotonic age of the last used sample."},
    MetricInfo{"slewd_source_requests_total", MetricKind::counter, "source", "Requests sent."},
    MetricInfo{"slewd_source_responses_total", MetricKind::counter, "source",
               "Replies received, used or not."},
    MetricInfo{"slewd_source_rejected_total", MetricKind::counter, "source,reason",
               "Replies that were not used, by reason."},

    // Rules, actions and probes.
    MetricInfo{"slewd_rules_paused", MetricKind::gauge, "",
               "1 while an operator has paused all actions."},
    MetricInfo{"slewd_rule_files_refused", MetricKind::gauge, "",
               "Rule files that are not in force as they are; `slewctl rules` says why."},
    MetricInfo{"slewd_rule_mode", MetricKind::gauge, "rule,mode",
               "1 for the configured mode of the rule: off, shadow or act."},
    MetricInfo{
        "slewd_rule_state", MetricKind::gauge, "rule,state",
        "1 for the present state: inactive, pending, firing, cooling, suppressed or disabled."},
    MetricInfo{"slewd_rule_evaluations_total", MetricKind::counter, "rule",
               "How often the condition was judged."},
    MetricInfo{"slewd_rule_unknown_evaluations_total", MetricKind::counter, "rule",
               "How often a fact was absent, so that the condition was neither true nor false."},
    MetricInfo{"slewd_action_suppressed_total", MetricKind::counter, "rule,gate",
               "How often a true condition did not act, by the gate that held it."},
    MetricInfo{"slewd_rule_breaker_open", MetricKind::gauge, "rule",
               "1 while the rule rests after too many failures, or has one trial."},
    MetricInfo{"slewd_rule_failures_in_a_row", MetricKind::gauge, "rule",
               "Actions of the rule that have failed since its last success."},
    MetricInfo{"slewd_decisions_lost_total", MetricKind::counter, "",
               "Decisions of rules that could not be recorded."},
    MetricInfo{"slewd_action_ledger_failing", MetricKind::gauge, "",
               "1 while the record of actions cannot be read or written, so that no rule acts."},
    MetricInfo{"slewd_action_attempts_total", MetricKind::counter, "rule,action", "Actions begun."},
    MetricInfo{"slewd_action_failures_total", MetricKind::counter, "rule,action",
               "Actions that failed, timed out, or were not proved to have worked."},
    MetricInfo{"slewd_action_verified_total", MetricKind::counter, "rule,action",
               "Actions that a probe has proved to have worked."},
    MetricInfo{"slewd_action_in_progress", MetricKind::gauge, "rule,action",
               "1 while the action runs."},
    MetricInfo{"slewd_action_last_success_timestamp_seconds", MetricKind::gauge, "rule,action",
               "Unix time of the last success."},
    MetricInfo{"slewd_action_last_success_age_seconds", MetricKind::gauge, "rule,action",
               "Monotonic age of the last success."},
    MetricInfo{"slewd_planned_steps_total", MetricKind::counter, "ending",
               "Planned steps by what became of them: verified is one that was made."},
    MetricInfo{"slewd_owed_actions", MetricKind::gauge, "",
               "What a planned step has stopped and not yet started again."},
    MetricInfo{"slewd_fleet_slot_held", MetricKind::gauge, "lock",
               "1 while a slot of the fleet's lock is this machine's, also while it cools."},
    MetricInfo{
        "slewd_fleet_lock_unreachable", MetricKind::gauge, "lock",
        "1 while the keeper of the lock, or of what min_healthy asks for, refuses or does not "
        "answer: no node can take a slot."},
    MetricInfo{"slewd_fleet_slots_missing", MetricKind::gauge, "lock",
               "Slots of the lock for which there is no Lease; absent outside Kubernetes."},
    MetricInfo{"slewd_kubernetes_requests_total", MetricKind::counter, "object,result",
               "Requests to the Kubernetes API, by what they were about (slot, census, condition, "
               "taint, event, api) and how they ended; absent where it is not asked."},
    MetricInfo{"slewd_kubernetes_failing", MetricKind::gauge, "object",
               "1 while the newest request to the Kubernetes API about the object, at most 15 "
               "minutes ago, was refused or not answered. The object api is asked for each 30 s: 1 "
               "within 45 s after the API or the token fails."},
    MetricInfo{"slewd_fleet_storm", MetricKind::gauge, "",
               "1 while many machines' clocks are off alike, or that cannot be known; absent where "
               "nobody looks."},
    MetricInfo{"slewd_probe_state", MetricKind::gauge, "probe,state",
               "1 for the present state: unknown, ok or failed."},
    MetricInfo{"slewd_probe_state_age_seconds", MetricKind::gauge, "probe",
               "Time since the present state began."},
    MetricInfo{"slewd_probe_last_duration_seconds", MetricKind::gauge, "probe",
               "Time that the last run took."},
    MetricInfo{"slewd_probe_runs_total", MetricKind::counter, "probe", "Runs of the probe."},
    MetricInfo{"slewd_probe_failures_total", MetricKind::counter, "probe", "Failed runs."},

    // The exporter itself.
    MetricInfo{"slewd_http_requests_total", MetricKind::counter, "handler,code",
               "Requests answered."},
    MetricInfo{"slewd_http_request_duration_seconds", MetricKind::histogram, "",
               "Time from the complete request to its answer."},
    MetricInfo{"slewd_http_rejected_total", MetricKind::counter, "reason",
               "Connections and requests refused before any handler saw them."},
    MetricInfo{"slewd_http_connections", MetricKind::gauge, "", "Open connections."},
    MetricInfo{"process_cpu_seconds_total", MetricKind::counter, "",
               "User and system CPU time of the process."},
    MetricInfo{"process_resident_memory_bytes", MetricKind::gauge, "", "Resident memory."},
    MetricInfo{"process_virtual_memory_bytes", MetricKind::gauge, "", "Virtual memory."},
    MetricInfo{"process_max_fds", MetricKind::gauge, "", "Limit of open file descriptors."},
    MetricInfo{"process_start_time_seconds", MetricKind::gauge, "",
               "Unix time at the start of the exporter, as this machine's clock then had it."},
};

// A row of the catalogue, found at compile time: a misspelt name does not compile.
class MetricRef {
 public:
  consteval MetricRef(const char* name)
      : index_(find(name)) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] constexpr std::size_t index() const { return index_; }
  [[nodiscard]] constexpr const MetricInfo& info() const { return kCatalog[index_]; }

 private:
  static consteval std::size_t find(std::string_view name) {
    std::size_t i = 0;
    while (kCatalog[i].name != name) ++i;  // past the end: not a constant expression
    return i;
  }
  std::size_t index_;
};

// "seconds", "bytes", "ratio" or "": the unit that the name ends in (`_total` aside).
[[nodiscard]] std::string_view unit_of(std::string_view metric_name);

// The table of docs/metrics.md: one row for each metric, in the order of the catalogue.
[[nodiscard]] std::string catalog_markdown();

}  // namespace slewd::exporter
