// SPDX-License-Identifier: Apache-2.0
#include "agent/records/decision_line.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "base/json_document.hpp"
#include "base/limits.hpp"

namespace slewd::remedy {
namespace {

using Json = nlohmann::ordered_json;
using rules::Evaluation;
using rules::Value;

constexpr int kDecisionLineVersion = 1;
constexpr std::string_view kInfinite = "infinite";  // JSON has no word for it

Json to_json(const Value& value) {
  if (const bool* truth = value.truth()) return *truth;
  if (const std::string* word = value.word()) return *word;
  const double* number = value.number();
  if (number == nullptr) return nullptr;
  if (std::isinf(*number)) return Json{{kInfinite, *number > 0}};
  return *number;
}

Json to_json(const Evaluation& evaluation) {
  Json list = Json::array();
  for (const Value& value : evaluation.values) list.push_back(to_json(value));
  return list;
}

template <class T>
void put(Json& object, const char* key, const std::optional<T>& value) {
  if (!value) return;
  if constexpr (std::is_same_v<T, MonoTime>)
    object[key] = value->since_epoch.count();
  else
    object[key] = *value;
}

Json to_json(const rules::GateFacts& facts) {
  Json object = Json::object();
  put(object, "bound", facts.bound);
  put(object, "update_age", facts.update_age);
  put(object, "boot_age", facts.boot_age);
  put(object, "sources", facts.sources);
  put(object, "synchronized", facts.synchronized);
  put(object, "storm", facts.storm);
  if (facts.true_time) {
    object["true_time_ns"] = facts.true_time->now.since_epoch.count();
    object["true_bound_ns"] = facts.true_time->bound.count();
  }
  if (facts.slot) {
    object["slot_held"] = facts.slot->held;
    object["slot_reason"] = facts.slot->reason;
  }
  return object;
}

Json to_json(const rules::RuleMemory& memory) {
  Json object = Json::object();
  put(object, "true_since_ns", memory.true_since);
  put(object, "clear_since_ns", memory.clear_since);
  put(object, "cool_until_ns", memory.cool_until);
  put(object, "clear_not_before_ns", memory.clear_not_before);
  put(object, "in_flight", memory.in_flight);
  put(object, "opened_ns", memory.breaker.opened);
  object["failures"] = memory.breaker.consecutive_failures;
  object["in_episode"] = memory.in_episode;
  object["acted"] = memory.acted;
  object["receded"] = memory.receded;
  object["clear_due"] = memory.clear_due;
  Json& decisions = object["decisions_ns"] = Json::array();
  for (const MonoTime decided : memory.decisions) decisions.push_back(decided.since_epoch.count());
  return object;
}

// Reads a line back; the first thing that is wrong stands in problem().
class Reader {
 public:
  explicit Reader(const JsonValue& object) : object_(object) {}

  void get(std::string_view key, std::string& out) {
    take(key, out, find(key), &JsonValue::string);
  }
  void get(std::string_view key, bool& out) { take(key, out, find(key), &JsonValue::boolean); }
  void get(std::string_view key, std::int64_t& out) {
    take(key, out, find(key), &JsonValue::integer);
  }
  void get(std::string_view key, MonoTime& out) {
    std::int64_t nanos = 0;
    get(key, nanos);
    out.since_epoch = Nanos{nanos};
  }
  void get(std::string_view key, double& out) {
    const JsonValue* value = find(key);
    if (value != nullptr && value->integer() != nullptr)
      out = static_cast<double>(*value->integer());
    else
      take(key, out, value, &JsonValue::real);
  }
  template <class T>
  void get(std::string_view key, std::optional<T>& out) {
    if (find(key) == nullptr) return;
    out.emplace();
    get(key, *out);
  }
  void get(std::string_view key, std::optional<std::uint64_t>& out) {
    if (find(key) == nullptr) return;
    std::int64_t number = 0;
    get(key, number);
    out = static_cast<std::uint64_t>(number);
  }
  [[nodiscard]] const JsonValue* find(std::string_view key) const { return object_.find(key); }
  void complain(std::string_view key) {
    if (problem_.empty()) problem_ = "'" + std::string(key) + "' is missing or of another kind";
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  template <class T>
  void take(std::string_view key, T& out, const JsonValue* value,
            const T* (JsonValue::*as)() const) {
    const T* found = value == nullptr ? nullptr : (value->*as)();
    if (found == nullptr) return complain(key);
    out = *found;
  }

  const JsonValue& object_;
  std::string problem_;
};

Value value_of(const JsonValue& node) {
  if (const bool* truth = node.boolean()) return Value::of(*truth);
  if (const std::int64_t* whole = node.integer()) return Value::of(static_cast<double>(*whole));
  if (const double* number = node.real()) return Value::of(*number);
  if (const std::string* word = node.string()) return Value::of(std::string_view(*word));
  const JsonValue* infinite = node.object() == nullptr ? nullptr : node.find(kInfinite);
  if (infinite == nullptr || infinite->boolean() == nullptr) return {};
  return Value::of(*infinite->boolean() ? HUGE_VAL : -HUGE_VAL);
}

bool read_values(const JsonValue* node, Evaluation& out) {
  if (node == nullptr || node->array() == nullptr ||
      node->array()->size() > limits::kExpressionNodes)
    return false;
  for (const JsonValue& value : *node->array()) out.values.push_back(value_of(value));
  return true;
}

void read_facts(Reader& reader, rules::GateFacts& facts) {
  reader.get("bound", facts.bound);
  reader.get("update_age", facts.update_age);
  reader.get("boot_age", facts.boot_age);
  reader.get("sources", facts.sources);
  reader.get("synchronized", facts.synchronized);
  reader.get("storm", facts.storm);
  if (reader.find("true_time_ns") != nullptr) {
    std::int64_t now = 0;
    std::int64_t bound = 0;
    reader.get("true_time_ns", now);
    reader.get("true_bound_ns", bound);
    facts.true_time = rules::TrueTime{WallTime{Nanos{now}}, Nanos{bound}};
  }
  if (reader.find("slot_held") != nullptr) {
    facts.slot.emplace();
    reader.get("slot_held", facts.slot->held);
    reader.get("slot_reason", facts.slot->reason);
  }
}

void read_memory(Reader& reader, rules::RuleMemory& memory) {
  std::int64_t failures = 0;
  reader.get("true_since_ns", memory.true_since);
  reader.get("clear_since_ns", memory.clear_since);
  reader.get("cool_until_ns", memory.cool_until);
  reader.get("clear_not_before_ns", memory.clear_not_before);
  reader.get("in_flight", memory.in_flight);
  reader.get("opened_ns", memory.breaker.opened);
  reader.get("failures", failures);
  memory.breaker.consecutive_failures =
      static_cast<int>(std::clamp<std::int64_t>(failures, 0, 1000));
  reader.get("in_episode", memory.in_episode);
  reader.get("acted", memory.acted);
  reader.get("receded", memory.receded);
  reader.get("clear_due", memory.clear_due);
  const JsonValue* decisions = reader.find("decisions_ns");
  if (decisions == nullptr || decisions->array() == nullptr) return reader.complain("decisions_ns");
  for (const JsonValue& decided : *decisions->array())
    if (decided.integer() != nullptr)
      memory.decisions.push_back(MonoTime{Nanos{*decided.integer()}});
}

void read_context(Reader& reader, rules::GateContext& context) {
  std::int64_t actions = 0;
  reader.get("paused", context.paused);
  reader.get("held", context.held);
  reader.get("busy", context.busy_with);
  reader.get("host_actions", actions);
  context.host_actions = static_cast<int>(std::clamp<std::int64_t>(actions, 0, 1'000'000));
}

void read_closed(Reader& reader, std::optional<rules::ClosedGate>& closed) {
  std::string word;
  closed.emplace();
  reader.get("gate", word);
  reader.get("reason", closed->reason);
  const auto* found = std::ranges::find_if(
      rules::kGates, [&](rules::Gate gate) { return rules::to_string(gate) == word; });
  if (found == rules::kGates.end()) return reader.complain("gate");
  closed->gate = *found;
}

// A member that is an object, read by its own reader; its problem becomes the line's.
template <class Read>
void read_part(Reader& line, std::string_view key, const Read& read) {
  const JsonValue* value = line.find(key);
  if (value == nullptr || value->object() == nullptr) return line.complain(key);
  Reader part(*value);
  read(part);
  if (!part.problem().empty()) line.complain(std::string(key) + ": " + part.problem());
}

void read_readings(Reader& line, rules::Readings& readings) {
  line.get("mono_ns", readings.now);
  if (!read_values(line.find("when"), readings.when)) line.complain("when");
  if (line.find("clear") != nullptr) {
    readings.clear.emplace();
    if (!read_values(line.find("clear"), *readings.clear)) line.complain("clear");
  }
  const JsonValue* blockers = line.find("blockers");
  if (blockers == nullptr || blockers->array() == nullptr ||
      blockers->array()->size() > limits::kBlockersPerRule)
    return line.complain("blockers");
  for (const JsonValue& blocker : *blockers->array()) {
    readings.blockers.emplace_back();
    if (!read_values(&blocker, readings.blockers.back())) line.complain("blockers");
  }
  read_part(line, "facts", [&](Reader& part) { read_facts(part, readings.facts); });
}

}  // namespace

std::string to_line(const rules::Decision& decision, const Stamp& stamp) {
  const rules::Readings& readings = decision.readings;
  Json line;
  line["v"] = kDecisionLineVersion;
  line["rule"] = decision.rule;
  line["hash"] = decision.rule_hash;
  line["wall"] = utc_text(stamp.wall);
  line["boot_id"] = stamp.boot_id;
  line["mono_ns"] = readings.now.since_epoch.count();
  line["dry_run"] = decision.dry_run;
  line["clears"] = decision.clears;
  line["intent"] = decision.intent;
  line["evidence"] = decision.evidence;
  if (decision.closed)
    line["closed"] = {{"gate", rules::to_string(decision.closed->gate)},
                      {"reason", decision.closed->reason}};
  line["when"] = to_json(readings.when);
  if (readings.clear) line["clear"] = to_json(*readings.clear);
  line["blockers"] = Json::array();
  for (const Evaluation& blocker : readings.blockers) line["blockers"].push_back(to_json(blocker));
  line["facts"] = to_json(readings.facts);
  line["memory"] = to_json(decision.before);
  line["context"] = {{"paused", decision.context.paused},
                     {"held", decision.context.held},
                     {"busy", decision.context.busy_with},
                     {"host_actions", decision.context.host_actions}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<rules::Decision> parse_decision_line(std::string_view line) {
  const auto document = parse_json(line, "decision");
  if (!document) return fail(document.error());
  if (document->object() == nullptr)
    return fail(ErrorCode::invalid,
                "a decision must be an object, not " + std::string(document->kind()));
  Reader reader(*document);
  rules::Decision decision;
  std::int64_t version = 0;
  std::int64_t intent = 0;
  reader.get("v", version);
  if (version != kDecisionLineVersion) reader.complain("v");
  reader.get("rule", decision.rule);
  reader.get("hash", decision.rule_hash);
  reader.get("dry_run", decision.dry_run);
  reader.get("clears", decision.clears);
  reader.get("intent", intent);
  decision.intent = static_cast<std::uint64_t>(std::max<std::int64_t>(intent, 0));
  reader.get("evidence", decision.evidence);
  read_readings(reader, decision.readings);
  read_part(reader, "memory", [&](Reader& part) { read_memory(part, decision.before); });
  read_part(reader, "context", [&](Reader& part) { read_context(part, decision.context); });
  if (reader.find("closed") != nullptr)
    read_part(reader, "closed", [&](Reader& part) { read_closed(part, decision.closed); });
  if (!reader.problem().empty()) return fail(ErrorCode::invalid, reader.problem());
  return decision;
}

}  // namespace slewd::remedy
