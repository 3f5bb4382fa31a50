// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/utc.hpp"
#include "exporter/api/api.hpp"
#include "exporter/api/api_put.hpp"
#include "exporter/corrected_time.hpp"
#include "exporter/verdict.hpp"
#include "exporter/words.hpp"

namespace slewd::exporter {
namespace {

using Json = nlohmann::ordered_json;

void put_clock(const core::Snapshot& snapshot, bool synchronized, MonoTime now, Json& json) {
  const core::ClockView& clock = snapshot.clock;
  const Put put(json);
  put("synchronized", synchronized)("stratum", clock.stratum)("leap", leap_word(clock));
  put("offset_seconds", clock.offset)("error_bound_seconds", clock.error_bound)(
      "jitter_seconds", clock.jitter)("rms_offset_seconds", clock.rms_offset)(
      "root_delay_seconds", clock.root_delay)("root_dispersion_seconds", clock.root_dispersion)(
      "frequency_ratio", clock.frequency)("skew_ratio", clock.skew);
  put("base_frequency_ratio", clock.base_frequency)(
      "base_frequency_limit_ratio", clock.frequency_limit)("frequency_state",
                                                           to_string(clock.frequency_state));
  Json slew;
  into(slew)("remaining_seconds", clock.slew_remaining)("rate_ratio", clock.slew_rate)(
      "eta_seconds", clock.convergence);
  json["slew"] = slew;
  if (clock.last_update) put("last_update_age_seconds", now - *clock.last_update);
  put("update_interval_seconds", clock.update_interval);
  Json poll;
  into(poll)("minimum_seconds", snapshot.poll_range.minimum)("maximum_seconds",
                                                             snapshot.poll_range.maximum);
  json["poll"] = poll;
}

Json alarm(const core::AlarmView& view) {
  const core::AlarmAdvice& advice = core::advice_on(view.reason);
  Json json;
  into(json)("reason", to_string(view.reason))("text", view.text)("waits_for", advice.waits_for)(
      "ends_when", advice.ends_when)("command", advice.command);
  return json;
}

Json planned_leap(const core::LeapView& view) {
  Json json;
  into(json)("leap", word(view.leap))("month_end_utc", utc_text(view.month_end, kUtcDecimals))(
      "mode", to_string(view.mode))("in_kernel", view.in_kernel);
  return json;
}

Json kernel(const core::KernelReadback& view) {
  Json json;
  const Put put(json);
  put("frequency_ratio", view.frequency)("singleshot_remaining_seconds", view.singleshot_remaining);
  put("unsynchronized", view.unsynchronized)("max_error_seconds", view.max_error);
  put("estimated_error_seconds", view.estimated_error)("status_bits", view.status_bits);
  // The kernel starts with 0, which is never right since 1972: not set.
  if (view.tai_offset != 0) put("tai_offset_seconds", view.tai_offset);
  return json;
}

Json source_counts(const std::vector<core::SourceView>& sources) {
  using enum core::SourceState;
  std::size_t reachable = 0;
  std::size_t usable = 0;
  std::string selected_name;
  for (const core::SourceView& source : sources) {
    if (source.reach != 0) ++reachable;
    const bool believed =
        source.state == selected || source.state == combined || source.state == candidate;
    if (believed && answers(source)) ++usable;
    if (source.state == selected) selected_name = source.name;
  }
  Json json;
  into(json)("total", sources.size())("reachable", reachable)("usable", usable)
      .unless_empty("selected", selected_name);
  return json;
}

Json jump_counts(const core::JumpView& jumps, MonoTime now) {
  std::uint64_t total = 0;
  for (const auto& directions : jumps.total) {
    for (const std::uint64_t count : directions) total += count;
  }
  Json json;
  into(json)("total", total)("largest_backward_seconds", jumps.largest_backward);
  if (!jumps.recent.empty()) {
    json["last"] = jump_object<Json>(jumps.recent.back(), now);
  }
  return json;
}

Json rule_counts(const rules::Status& status) {
  Json json;
  json["total"] = std::ranges::count_if(
      status.rules, [](const rules::RuleView& rule) { return rule.absent.empty(); });
  json["firing"] = Json::array();
  for (const rules::RuleView& rule : status.rules) {
    if (rule.state == rules::RuleState::firing) json["firing"].push_back(to_utf8(rule.name));
  }
  json["paused"] = status.paused;
  if (status.paused) into(json)("paused_reason", status.paused_reason);
  return json;
}

Json adjustments(const core::Adjustments& view) {
  Json json;
  into(json)("slews", view.slews)("steps", view.steps)("denied", view.denied)(
      "invalid", view.invalid)("other_failures", view.other_failures);
  return json;
}

Json invariants(const core::InvariantCounts& counts) {
  Json json;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    json[to_string(core::kInvariants[i])] = counts[i];
  }
  return json;
}

}  // namespace

std::string status_json(const core::Snapshot& published, const rules::Status* status,
                        const BuildInfo& build, const core::ClockReading& now) {
  const core::Snapshot snapshot = core::carried_to(published, now);
  Json json{{"schema", 1}};
  const Put put(json);
  put("version", build.version)("revision", build.revision)("node", build.node);
  put("generation", snapshot.generation)("snapshot_age_seconds", now.mono - snapshot.published)(
      "uptime_seconds", now.boot - snapshot.started);
  if (const auto truth = corrected_utc(snapshot, now)) {
    put("time_utc", utc_text(*truth, kUtcDecimals))("time_seconds", truth->since_epoch);
  }
  put("wall_utc", utc_text(now.wall, kUtcDecimals));
  const Verdict verdict = judge(snapshot, now);
  into(json["verdict"])("level", to_string(verdict.level))("text", verdict.text);
  put("mode", to_string(snapshot.mode))("steering", snapshot.steering)
      .unless_empty("observe_reason", snapshot.observe_reason);
  put("state", word(snapshot.phase.phase))("state_age_seconds", now.mono - snapshot.phase.since)(
      "event_50", snapshot.phase.event_50);
  if (snapshot.alarm) json["alarm"] = alarm(*snapshot.alarm);
  put_clock(snapshot, verdict.synchronized, now.mono, json);
  if (snapshot.planned_leap) json["planned_leap"] = planned_leap(*snapshot.planned_leap);
  if (snapshot.tai)
    into(json["tai"])("offset_seconds", snapshot.tai->offset)(
        "list_expires_utc", utc_text(snapshot.tai->list_expires, kUtcDecimals));
  if (snapshot.kernel) json["kernel"] = kernel(*snapshot.kernel);
  json["sources"] = source_counts(snapshot.sources);
  json["jumps"] = jump_counts(snapshot.jumps, now.mono);
  if (snapshot.external.detected) put("also_steered_by", snapshot.external.who);
  if (snapshot.disruption_announced) put("disruption_announced", true);
  if (status != nullptr) json["rules"] = rule_counts(*status);
  json["adjustments"] = adjustments(snapshot.adjustments);
  json["invariants"] = invariants(snapshot.invariants);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace slewd::exporter
