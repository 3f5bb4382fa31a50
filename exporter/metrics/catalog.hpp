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
               "Build information of the running daemon; always 1."},
    MetricInfo{
        "slewd_time_seconds", MetricKind::gauge, "",
        "Corrected UTC as Unix time, at the moment of the scrape: compare with timestamp()."},
    MetricInfo{
        "slewd_uptime_seconds", MetricKind::gauge, "",
        "Age of the process, suspended time included; a step of the clock cannot change it."},
    MetricInfo{"slewd_snapshot_age_seconds", MetricKind::gauge, "",
               "Monotonic age of the published snapshot; up to 512 s while nothing happens."},
    MetricInfo{"slewd_snapshot_overdue_seconds", MetricKind::gauge, "",
               "How much the next snapshot is overdue; grows from 0 when the core is stuck."},
    MetricInfo{"slewd_snapshots_total", MetricKind::counter, "",
               "Snapshots that the core has published."},
    MetricInfo{"slewd_mode", MetricKind::gauge, "mode",
               "1 for the configured mode: observe, auto or takeover."},
    MetricInfo{"slewd_steering", MetricKind::gauge, "",
               "1 when slewd is allowed to adjust the clock, 0 when it only observes."},
    MetricInfo{"slewd_poll_minimum_seconds", MetricKind::gauge, "",
               "Shortest poll interval now allowed, after the limits set by rules."},
    MetricInfo{"slewd_poll_maximum_seconds", MetricKind::gauge, "",
               "Longest poll interval now allowed, after the limits set by rules."},

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
               "Offset that the slew still has to remove, signed as the offset."},
    MetricInfo{"slewd_clock_slew_rate_ratio", MetricKind::gauge, "",
               "Rate of the slew on top of the base frequency; 1e-6 is 1 ppm."},
    MetricInfo{"slewd_clock_convergence_seconds", MetricKind::gauge, "",
               "Predicted time until the slew has ended."},
    MetricInfo{
        "slewd_verdict", MetricKind::gauge, "level",
        "1 for the verdict on the clock, as shown by the page, the API and slewctl status: ok, "
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
               "TAI minus UTC as set in the kernel; absent when it was never set."},
    MetricInfo{
        "slewd_leap_list_tai_offset_seconds", MetricKind::gauge, "",
        "TAI minus UTC by the system's list of leap seconds; absent once the list has expired."},
    MetricInfo{"slewd_leap_list_expiry_timestamp_seconds", MetricKind::gauge, "",
               "Unix time at which the system's list of leap seconds expires."},
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
    MetricInfo{"slewd_invariant_violations_total", MetricKind::counter, "invariant",
               "Samples that violated an invariant, so that slewd held the clock: "
               "frequency_limit, outside_majority or lone_move."},

    // Jumps.
    MetricInfo{"slewd_jump_events_total", MetricKind::counter, "direction,cause",
               "Discontinuities of the clock, by any program or cause."},
    MetricInfo{"slewd_jump_last_size_seconds", MetricKind::gauge, "",
               "Signed size of the newest jump: negative = the clock went back."},
    MetricInfo{"slewd_jump_last_age_seconds", MetricKind::gauge, "",
               "Monotonic age of the newest jump; absent when it was in an earlier boot."},
    MetricInfo{"slewd_jump_last_latency_seconds", MetricKind::gauge, "",
               "Longest possible time between the newest jump and its detection."},
    MetricInfo{"slewd_jump_largest_backward_seconds", MetricKind::gauge, "",
               "Size of the largest backward jump on record; 0 = there was none."},
    MetricInfo{"slewd_jump_size_seconds", MetricKind::histogram, "direction",
               "Magnitudes of the jumps whose size is known."},
    MetricInfo{
        "slewd_external_steering_detected", MetricKind::gauge, "",
        "1 while another program adjusts this clock, and for ten minutes after the last sign."},
    MetricInfo{"slewd_external_steering_events_total", MetricKind::counter, "",
               "How often another program began to adjust this clock."},
    MetricInfo{"slewd_vmclock_disruptions_total", MetricKind::counter, "",
               "Changes of the vmclock's disruption marker: migrations and restores; absent "
               "without a vmclock."},
    MetricInfo{"slewd_vmclock_disruption_announced", MetricKind::gauge, "",
               "1 while the vmclock announces a migration; absent without a vmclock."},
    MetricInfo{"slewd_suspend_events_total", MetricKind::counter, "",
               "Jumps caused by suspend and resume."},
    MetricInfo{"slewd_jump_ledger_write_failures_total", MetricKind::counter, "",
               "Failed attempts to write a jump to the ledger; each is retried."},
    MetricInfo{"slewd_jump_ledger_lost_events_total", MetricKind::counter, "",
               "Jumps that were not written to the ledger because the queue was full."},
    MetricInfo{"slewd_jump_ledger_damaged_lines_total", MetricKind::counter, "",
               "Lines of the jump ledger that could not be read when it was opened."},

    // The kernel's own view, read back.
    MetricInfo{"slewd_kernel_frequency_ratio", MetricKind::gauge, "",
               "Frequency and tick correction in force; 1e-6 is 1 ppm."},
    MetricInfo{"slewd_kernel_singleshot_remaining_seconds", MetricKind::gauge, "",
               "Remaining offset of the kernel's own slew (adjtime)."},
    MetricInfo{"slewd_kernel_unsynchronized", MetricKind::gauge, "", "1 when STA_UNSYNC is set."},
    MetricInfo{"slewd_kernel_maxerror_seconds", MetricKind::gauge, "",
               "Maximum error reported by the kernel."},
    MetricInfo{"slewd_kernel_esterror_seconds", MetricKind::gauge, "",
               "Estimated error reported by the kernel."},
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
               "Largest error that the path from the source to its reference clock can cause."},
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
    MetricInfo{
        "slewd_rule_files_refused", MetricKind::gauge, "",
        "Rule and source files that are not loaded as they are; `slewctl rules` shows the reason."},
    MetricInfo{"slewd_rule_mode", MetricKind::gauge, "rule,mode",
               "1 for the configured mode of the rule: off, shadow or act."},
    MetricInfo{
        "slewd_rule_state", MetricKind::gauge, "rule,state",
        "1 for the present state: inactive, pending, firing, cooling, suppressed or disabled."},
    MetricInfo{"slewd_rule_evaluations_total", MetricKind::counter, "rule",
               "Evaluations of the rule's condition."},
    MetricInfo{"slewd_rule_unknown_evaluations_total", MetricKind::counter, "rule",
               "Evaluations without a result, because a fact was unknown."},
    MetricInfo{"slewd_action_suppressed_total", MetricKind::counter, "rule,gate",
               "How often a true condition did not act, by blocking gate."},
    MetricInfo{"slewd_rule_breaker_open", MetricKind::gauge, "rule",
               "1 while the rule rests after too many failures, or makes one trial."},
    MetricInfo{"slewd_rule_consecutive_failures", MetricKind::gauge, "rule",
               "Actions of the rule that have failed since its last success."},
    MetricInfo{"slewd_decisions_lost_total", MetricKind::counter, "",
               "Decisions of rules that could not be recorded."},
    MetricInfo{"slewd_action_ledger_failing", MetricKind::gauge, "",
               "1 while the action ledger cannot be read or written, so that no rule acts."},
    MetricInfo{"slewd_action_attempts_total", MetricKind::counter, "rule,action",
               "Actions started."},
    MetricInfo{"slewd_action_failures_total", MetricKind::counter, "rule,action",
               "Actions that failed, timed out, or were not verified."},
    MetricInfo{"slewd_action_verified_total", MetricKind::counter, "rule,action",
               "Actions whose effect a probe has verified."},
    MetricInfo{"slewd_action_in_progress", MetricKind::gauge, "rule,action",
               "1 while the action runs."},
    MetricInfo{"slewd_action_last_success_timestamp_seconds", MetricKind::gauge, "rule,action",
               "Unix time of the last success."},
    MetricInfo{"slewd_action_last_success_age_seconds", MetricKind::gauge, "rule,action",
               "Monotonic age of the last success."},
    MetricInfo{"slewd_planned_steps_total", MetricKind::counter, "ending",
               "Planned steps by ending; verified: the step was made."},
    MetricInfo{
        "slewd_pending_undos", MetricKind::gauge, "",
        "Undo actions of planned steps that have not run yet, such as starts of stopped services."},
    MetricInfo{"slewd_fleet_slot_held", MetricKind::gauge, "lock",
               "1 while this machine holds a slot of the fleet lock, cooling time included."},
    MetricInfo{"slewd_fleet_lock_unreachable", MetricKind::gauge, "lock",
               "1 while the server of the lock, or of the node states for min_healthy, refuses or "
               "does not "
               "answer: no node can take a slot."},
    MetricInfo{"slewd_fleet_slots_missing", MetricKind::gauge, "lock",
               "Slots of the lock that have no Lease; absent outside Kubernetes."},
    MetricInfo{"slewd_kubernetes_requests_total", MetricKind::counter, "object,result",
               "Requests to the Kubernetes API, by object (slot, census, condition, "
               "taint, event, api) and result; absent without a cluster."},
    MetricInfo{"slewd_kubernetes_failing", MetricKind::gauge, "object",
               "1 while the newest request to the Kubernetes API about the object, at most 15 "
               "minutes ago, was refused or not answered. The object api is asked for each 30 s: 1 "
               "within 45 s after the API or the token fails."},
    MetricInfo{"slewd_fleet_storm", MetricKind::gauge, "",
               "1 while many machines' clocks have the same offset, or that is unknown; absent if "
               "not enabled."},
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
               "Connections and requests refused before they reached a handler."},
    MetricInfo{"slewd_http_connections", MetricKind::gauge, "", "Open connections."},
    MetricInfo{"process_cpu_seconds_total", MetricKind::counter, "",
               "User and system CPU time of the process."},
    MetricInfo{"process_resident_memory_bytes", MetricKind::gauge, "", "Resident memory."},
    MetricInfo{"process_virtual_memory_bytes", MetricKind::gauge, "", "Virtual memory."},
    MetricInfo{"process_max_fds", MetricKind::gauge, "", "Limit of open file descriptors."},
    MetricInfo{"process_start_time_seconds", MetricKind::gauge, "",
               "Unix time at the start of the process, by this machine's clock at that time."},
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
