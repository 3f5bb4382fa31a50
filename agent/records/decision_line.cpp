// SPDX-License-Identifier: Apache-2.0
#include "agent/records/decision_line.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include "agent/records/line_codec.hpp"
#include "base/limits.hpp"
#include "base/utc.hpp"

namespace slewd::records {
namespace {

using rules::Evaluation;
using rules::Value;

struct Recorded {
  rules::Decision decision;
  Stamp stamp;  // for people; not read back
};

constexpr std::string_view kInfinite = "infinite";  // JSON has no word for it

JsonValue node_of(const Value& value) {
  if (const bool* truth = value.truth()) return {*truth, 0};
  if (const std::string* word = value.word()) return {*word, 0};
  const double* number = value.number();
  if (number == nullptr) return {};
  if (std::isinf(*number))
    return {JsonValue::Object{{std::string(kInfinite), JsonValue(*number > 0, 0)}}, 0};
  return {*number, 0};
}

Value value_of(const JsonValue& node) {
  if (const bool* truth = node.boolean()) return Value::of(*truth);
  if (const std::int64_t* whole = node.integer()) return Value::of(static_cast<double>(*whole));
  if (const double* number = node.real()) return Value::of(*number);
  if (const std::string* word = node.string()) return Value::of(std::string_view(*word));
  const JsonValue* infinite = node.find(kInfinite);
  if (infinite == nullptr || infinite->boolean() == nullptr) return {};
  return Value::of(*infinite->boolean() ? HUGE_VAL : -HUGE_VAL);
}

void describe_values(LineCodec& codec, std::string_view key, std::vector<Value>& values) {
  codec.list(
      key, values, limits::kExpressionNodes, [](const Value& value) { return node_of(value); },
      [](const JsonValue& node) { return std::optional(value_of(node)); }, "a value");
}

void describe_blockers(LineCodec& codec, std::vector<Evaluation>& blockers) {
  codec.list(
      "blockers", blockers, limits::kBlockersPerRule,
      [](const Evaluation& blocker) {
        JsonValue::Array values;
        for (const Value& value : blocker.values) values.push_back(node_of(value));
        return JsonValue(std::move(values), 0);
      },
      [](const JsonValue& node) -> std::optional<Evaluation> {
        if (node.array() == nullptr || node.array()->size() > limits::kExpressionNodes) return {};
        Evaluation blocker;
        for (const JsonValue& value : *node.array()) blocker.values.push_back(value_of(value));
        return blocker;
      },
      "an array of values");
}

void describe_facts(LineCodec& codec, rules::GateFacts& facts) {
  codec.member("bound", facts.bound);
  codec.member("update_age", facts.update_age);
  codec.member("boot_age", facts.boot_age);
  codec.member("sources", facts.sources);
  codec.member("synchronized", facts.synchronized);
  codec.member("storm", facts.storm);
  codec.group("true_time_ns", facts.true_time, [&](rules::TrueTime& time) {
    codec.member("true_time_ns", time.now);
    codec.member("true_bound_ns", time.bound);
  });
  codec.group("slot_held", facts.slot, [&](rules::SlotFact& slot) {
    codec.member("slot_held", slot.held);
    codec.member("slot_reason", slot.reason);
  });
}

void describe_memory(LineCodec& codec, rules::RuleMemory& memory) {
  codec.member("true_since_ns", memory.true_since);
  codec.member("clear_since_ns", memory.clear_since);
  codec.member("cool_until_ns", memory.cool_until);
  codec.member("clear_not_before_ns", memory.clear_not_before);
  codec.member("in_flight", memory.in_flight);
  codec.member("opened_ns", memory.breaker.opened);
  codec.member("failures", memory.breaker.consecutive_failures);
  codec.member("in_episode", memory.in_episode);
  codec.member("acted", memory.acted);
  codec.member("receded", memory.receded);
  codec.member("clear_due", memory.clear_due);
  codec.member("decisions_ns", memory.decisions);
}

void describe_decision(LineCodec& codec, Recorded& record) {
  rules::Decision& decision = record.decision;
  codec.member("rule", decision.rule);
  codec.member("hash", decision.rule_hash);
  codec.note("wall", utc_text(record.stamp.wall));
  codec.note("boot_id", record.stamp.boot_id);
  codec.member("mono_ns", decision.readings.now);
  codec.member("dry_run", decision.dry_run);
  codec.member("clears", decision.clears);
  codec.member("intent", decision.intent);
  codec.member("evidence", decision.evidence);
  codec.group("closed", decision.closed, [&](rules::ClosedGate& closed) {
    codec.object("closed", [&](LineCodec& part) {
      part.word("gate", closed.gate, rules::kGates);
      part.member("reason", closed.reason);
    });
  });
  describe_values(codec, "when", decision.readings.when.values);
  codec.group("clear", decision.readings.clear,
              [&](Evaluation& clear) { describe_values(codec, "clear", clear.values); });
  describe_blockers(codec, decision.readings.blockers);
  codec.object("facts", [&](LineCodec& part) { describe_facts(part, decision.readings.facts); });
  codec.object("memory", [&](LineCodec& part) { describe_memory(part, decision.before); });
  codec.object("context", [&](LineCodec& part) {
    part.member("paused", decision.context.paused);
    part.member("held", decision.context.held);
    part.member("busy", decision.context.busy_with);
    part.member("host_actions", decision.context.host_actions);
  });
}

}  // namespace

std::string to_line(const rules::Decision& decision, const Stamp& stamp) {
  return line_of(Recorded{decision, stamp}, describe_decision);
}

Result<rules::Decision> parse_decision_line(std::string_view line) {
  auto record = record_of(line, "decision", limits::kConfigBytes, describe_decision);
  if (!record) return fail(std::move(record.error()));
  return std::move(record->decision);
}

}  // namespace slewd::records
