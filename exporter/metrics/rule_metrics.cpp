// SPDX-License-Identifier: Apache-2.0
#include "exporter/metrics/rule_metrics.hpp"

#include <string_view>
#include <unordered_set>

namespace slewd::exporter {
namespace {

using rules::ActionCounters;
using rules::ProbeView;
using rules::RuleView;

constexpr std::array kRuleModes{rules::RuleMode::off, rules::RuleMode::shadow,
                                rules::RuleMode::act};

void add_action(const RuleView& rule, const ActionCounters& action, MonoTime now, FamilySet& out) {
  const Label in_rule{"rule", rule.name};
  const Label name{"action", action.action};
  out.add("slewd_action_attempts_total", action.attempts, {in_rule, name});
  out.add("slewd_action_failures_total", action.failures, {in_rule, name});
  out.add("slewd_action_verified_total", action.verified, {in_rule, name});
  out.add("slewd_action_in_progress", action.in_progress, {in_rule, name});
  if (action.last_success_wall) {
    out.add("slewd_action_last_success_timestamp_seconds", action.last_success_wall->since_epoch,
            {in_rule, name});
  }
  if (action.last_success) {
    out.add("slewd_action_last_success_age_seconds", now - *action.last_success, {in_rule, name});
  }
}

void add_rule(const RuleView& rule, MonoTime now, FamilySet& out) {
  const Label name{"rule", rule.name};
  for (const rules::RuleMode mode : kRuleModes) {
    out.add("slewd_rule_mode", mode == rule.mode, {name, {"mode", to_string(mode)}});
  }
  for (const rules::RuleState state : rules::kRuleStates) {
    out.add("slewd_rule_state", state == rule.state, {name, {"state", to_string(state)}});
  }
  out.add("slewd_rule_breaker_open", rule.breaker != rules::BreakerState::closed, {name});
  out.add("slewd_rule_consecutive_failures", static_cast<std::uint64_t>(rule.consecutive_failures),
          {name});
  out.add("slewd_rule_evaluations_total", rule.evaluations, {name});
  out.add("slewd_rule_unknown_evaluations_total", rule.unknown_evaluations, {name});
  for (std::size_t i = 0; i < rules::kGates.size(); ++i) {
    out.add("slewd_action_suppressed_total", rule.suppressed[i],
            {name, {"gate", to_string(rules::kGates[i])}});
  }
  // A chain may name the same action twice; its counters are then those of the first.
  std::unordered_set<std::string_view> seen;
  for (const ActionCounters& action : rule.actions) {
    if (seen.insert(action.action).second) add_action(rule, action, now, out);
  }
}

void add_step(const rules::StepView& step, FamilySet& out) {
  using rules::Ending;
  for (const Ending ending : {Ending::verified, Ending::failed, Ending::timed_out, Ending::refused})
    out.add("slewd_planned_steps_total", step.endings[static_cast<std::size_t>(ending)],
            {{"ending", to_string(ending)}});
  out.add("slewd_pending_undos", std::uint64_t{step.pending_undos.size()});
}

void add_fleet(const rules::FleetView& fleet, FamilySet& out) {
  for (const rules::LockView& lock : fleet.locks) {
    out.add("slewd_fleet_slot_held", lock.held, {{"lock", lock.lock}});
    out.add("slewd_fleet_lock_unreachable", lock.unreachable, {{"lock", lock.lock}});
    if (lock.missing)
      out.add("slewd_fleet_slots_missing", std::uint64_t{lock.missing->size()},
              {{"lock", lock.lock}});
  }
  for (const rules::KubeView& kind : fleet.kubernetes) {
    const Label object{"object", kind.object};
    for (const auto& [result, count] : kind.requests)
      out.add("slewd_kubernetes_requests_total", count, {object, {"result", result}});
    out.add("slewd_kubernetes_failing", kind.failing, {object});
  }
  if (fleet.watches_storms) out.add("slewd_fleet_storm", !fleet.storm.empty());
}

void add_probe(const ProbeView& probe, MonoTime now, FamilySet& out) {
  const Label name{"probe", probe.name};
  for (const rules::ProbeState state : rules::kProbeStates) {
    out.add("slewd_probe_state", state == probe.state, {name, {"state", to_string(state)}});
  }
  out.add("slewd_probe_runs_total", probe.runs, {name});
  out.add("slewd_probe_failures_total", probe.failures, {name});
  if (probe.runs == 0) return;
  out.add("slewd_probe_state_age_seconds", now - probe.since, {name});
  out.add("slewd_probe_last_duration_seconds", probe.last_duration, {name});
}

}  // namespace

void add_rule_metrics(const rules::Status& status, MonoTime now, FamilySet& out) {
  out.add("slewd_rules_paused", status.paused);
  out.add("slewd_rule_files_refused", std::uint64_t{status.refused_files.size()});
  out.add("slewd_decisions_lost_total", status.decisions_lost);
  out.add("slewd_action_ledger_failing", status.action_ledger_failing);
  if (status.step) add_step(*status.step, out);
  add_fleet(status.fleet, out);
  std::unordered_set<std::string_view> seen;
  for (const RuleView& rule : status.rules) {
    if (rule.absent.empty() && seen.insert(rule.name).second) add_rule(rule, now, out);
  }
  seen.clear();
  for (const ProbeView& probe : status.probes) {
    if (seen.insert(probe.name).second) add_probe(probe, now, out);
  }
}

}  // namespace slewd::exporter
