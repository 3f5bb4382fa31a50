// SPDX-License-Identifier: Apache-2.0
#include "exporter/api/api.hpp"

#include <array>

#include <nlohmann/json.hpp>

#include "base/utc.hpp"
#include "exporter/api/api_put.hpp"
#include "exporter/corrected_time.hpp"
#include "exporter/seconds.hpp"
#include "exporter/words.hpp"

namespace slewd::exporter {
namespace {

using Json = nlohmann::ordered_json;

Json document() { return Json{{"schema", 1}}; }

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string octal(std::uint8_t reach) {
  return {static_cast<char>('0' + (reach >> 6)), static_cast<char>('0' + ((reach >> 3) & 7)),
          static_cast<char>('0' + (reach & 7))};
}

// {"reason": count} for the counts above 0.
template <class Words>
Json counted(const Words& words, std::span<const std::uint64_t> counts) {
  Json object = Json::object();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) object[std::string(to_string(words[i]))] = counts[i];
  }
  return object;
}

Json source(const core::SourceView& view, MonoTime now) {
  Json object;
  const Put put(object);
  put("name", view.name).unless_empty("address", view.address).unless_empty("refid", view.refid);
  put("state", to_string(view.state))("reason", view.reason);
  if (view.responses > 0) put("stratum", view.stratum);
  put("leap", word(view.leap))("poll_interval_seconds", view.poll_interval)(
      "reach", static_cast<unsigned>(view.reach))("reach_octal", octal(view.reach));
  put("offset_seconds", view.offset)("delay_seconds", view.delay)(
      "dispersion_seconds", view.dispersion)("jitter_seconds", view.jitter)(
      "root_distance_seconds", view.root_distance)("last_sample_age_seconds",
                                                   time_since(view.last_sample, now));
  put("requests", view.requests)("responses", view.responses);
  object["rejected"] = counted(core::kRejects, view.rejected);
  return object;
}

Json action_counters(const rules::ActionCounters& counters, MonoTime now) {
  Json object;
  into(object)("action", counters.action)("attempts", counters.attempts)(
      "failures", counters.failures)("verified", counters.verified)(
      "in_progress", counters.in_progress)("last_success_age_seconds",
                                           time_since(counters.last_success, now));
  if (counters.last_success_wall) {
    object["last_success_utc"] = utc_text(*counters.last_success_wall, kUtcDecimals);
  }
  return object;
}

Json rule(const rules::RuleView& view, MonoTime now) {
  Json object;
  into(object)("name", view.name)("mode", to_string(view.mode))("when", view.when)(
      "state", to_string(view.state))("state_age_seconds", now - view.since)(
      "explanation", view.explanation)("evaluations", view.evaluations)("unknown_evaluations",
                                                                        view.unknown_evaluations);
  into(object).unless_empty("absent", view.absent);
  object["suppressed"] = counted(rules::kGates, view.suppressed);
  into(object)("breaker", to_string(view.breaker))(
      "consecutive_failures", static_cast<std::uint64_t>(view.consecutive_failures));
  object["closed_gates"] = Json::object();
  for (const rules::GateView& gate : view.gates)
    if (!gate.closed.empty()) object["closed_gates"][to_string(gate.gate)] = gate.closed;
  object["actions"] = Json::array();
  for (const auto& action : view.actions) object["actions"].push_back(action_counters(action, now));
  return object;
}

Json lock(const rules::LockView& view) {
  Json object;
  into(object)("lock", view.lock)("state", view.state)("unreachable", view.unreachable)
      .unless_empty("reason", view.reason);
  if (view.missing && !view.missing->empty()) object["missing"] = *view.missing;
  return object;
}

Json probe(const rules::ProbeView& view, MonoTime now, Output output) {
  Json object;
  const Put put(object);
  put("name", view.name)("kind", view.kind)("state", to_string(view.state))("state_age_seconds",
                                                                            now - view.since);
  if (output == Output::shown || view.kind != "exec") put("detail", view.detail);
  put("last_duration_seconds", view.last_duration)("runs", view.runs)("failures", view.failures);
  return object;
}

Json outcome(const rules::Outcome& view, MonoTime now, Output output) {
  Json object;
  const Put put(object);
  put("intent", view.intent)("rule", view.rule)("action", view.action)(
      "ending", to_string(view.ending))("took_seconds", view.took)(
      "ended_utc", utc_text(view.wall, kUtcDecimals));
  if (output == Output::shown)
    put("detail", view.detail);
  else
    put.unless_empty("detail", view.outline);
  if (view.earlier_boot)
    put("earlier_boot", true);
  else
    put("age_seconds", now - view.ended);
  return object;
}

Json transition(const core::PhaseTransition& view, MonoTime now) {
  Json object;
  into(object)("age_seconds", now - view.at)("at_utc", utc_text(view.wall, kUtcDecimals))(
      "from", word(view.from))("to", word(view.to))("event", to_string(view.event));
  return object;
}

// The list as a JSON array, last element first.
template <class List, class Convert>
Json newest_first(const List& list, const Convert& convert) {
  Json array = Json::array();
  for (auto it = list.rbegin(); it != list.rend(); ++it) array.push_back(convert(*it));
  return array;
}

}  // namespace

std::string sources_json(const core::Snapshot& snapshot, MonoTime now) {
  Json json = document();
  json["sources"] = Json::array();
  for (const auto& view : snapshot.sources) json["sources"].push_back(source(view, now));
  return text_of(json);
}

std::string phases_json(const core::Snapshot& snapshot, MonoTime now) {
  Json json = document();
  into(json)("state", word(snapshot.phase.phase))("state_age_seconds", now - snapshot.phase.since)(
      "event_50", snapshot.phase.event_50);
  json["transitions"] = newest_first(
      snapshot.phase.recent, [&](const core::PhaseTransition& t) { return transition(t, now); });
  return text_of(json);
}

std::string history_json(const core::Snapshot& snapshot, MonoTime now) {
  Json json = document();
  json["points"] = Json::array();
  for (const core::OffsetPoint& point : snapshot.offset_history) {
    Json object;
    into(object)("age_seconds", now - point.at)("time_seconds", point.wall.since_epoch);
    if (point.known)
      into(object)("offset_seconds", point.offset)("error_bound_seconds", point.bound)(
          "bound_growth_ratio", point.growth);
    json["points"].push_back(object);
  }
  return text_of(json);
}

std::string rules_json(const rules::Status& status, MonoTime now, Output output) {
  Json json = document();
  json["paused"] = status.paused;
  if (status.paused) into(json)("paused_reason", status.paused_reason);
  if (!status.refused_files.empty()) {
    Json& files = json["refused_files"] = Json::array();
    for (const std::string& file : status.refused_files) files.push_back(to_utf8(file));
  }
  json["rules"] = Json::array();
  for (const auto& view : status.rules) json["rules"].push_back(rule(view, now));
  json["probes"] = Json::array();
  for (const auto& view : status.probes) json["probes"].push_back(probe(view, now, output));
  json["locks"] = Json::array();
  for (const auto& view : status.fleet.locks) json["locks"].push_back(lock(view));
  into(json).unless_empty("storm", status.fleet.storm);
  return text_of(json);
}

std::string actions_json(const rules::Status& status, MonoTime now, Output output) {
  Json json = document();
  json["actions"] = newest_first(
      status.recent, [&](const rules::Outcome& view) { return outcome(view, now, output); });
  return text_of(json);
}

std::string step_json(const rules::StepAnswer& answer) {
  const auto words = [](const std::vector<std::string>& actions) {
    Json list = Json::array();
    for (const std::string& action : actions) list.push_back(to_utf8(action));
    return list;
  };
  Json json = document();
  if (answer.id != 0) into(json)("id", answer.id);
  into(json)("size_seconds", answer.size);
  into(json).unless_empty("refused", answer.refused);
  Json& hooks = json["hooks"] = Json::array();
  for (const rules::StepAnswer::Hook& hook : answer.hooks) {
    Json shown;
    into(shown)("rule", hook.rule)("dry_run", hook.dry_run)("evidence", hook.evidence);
    shown["before"] = words(hook.before);
    shown["after"] = words(hook.after);
    hooks.push_back(std::move(shown));
  }
  return text_of(json);
}

std::string done_json(std::string_view command, std::string_view warning) {
  Json json = document();
  into(json)("done", command);
  if (!warning.empty()) into(json)("warning", warning);
  return text_of(json);
}

std::string reloaded_json(const std::vector<std::string>& refused) {
  Json json = document();
  into(json)("done", "reload");
  json["refused"] = refused;
  return text_of(json);
}

std::string error_json(const Error& error) {
  Json json = document();
  into(json["error"])("code", to_string(error.code()))("message", error.describe());
  return text_of(json);
}

}  // namespace slewd::exporter
