// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/owed_action.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "agent/records/line_members.hpp"
#include "base/json_document.hpp"
#include "base/json_text.hpp"
#include "base/limits.hpp"

namespace slewd::remedy {
namespace {

constexpr int kOwedLineVersion = 1;
constexpr Nanos kProgramTimeout = std::chrono::minutes(5);

JsonValue number(std::int64_t value) { return {value, 0}; }
JsonValue number(std::uint64_t value) { return number(static_cast<std::int64_t>(value)); }
JsonValue text(std::string value) { return {std::move(value), 0}; }
JsonValue list(const std::vector<std::string>& words) {
  JsonValue::Array values;
  for (const std::string& word : words) values.push_back(text(word));
  return {std::move(values), 0};
}

bool is_verb(std::string_view word) {
  return std::ranges::any_of(rules::kVerbs,
                             [&](rules::Verb verb) { return rules::to_string(verb) == word; });
}

bool holds_nul(const std::vector<std::string>& words) {
  return std::ranges::any_of(
      words, [](const std::string& word) { return word.find('\0') != std::string::npos; });
}

// What a book says is carried out: anything but the plain shape of an order is refused.
void check_shape(const OwedAction& owed, LineMembers& members) {
  if (owed.timeout <= Nanos{0} || owed.timeout > std::chrono::hours(1))
    members.complain("timeout_ns", "a time of at most an hour");
  if (holds_nul({owed.unit, owed.user}) || holds_nul(owed.argv) || holds_nul(owed.environment))
    members.complain("argv", "a text without NUL");
  if (owed.argv.empty()) {
    if (!is_verb(owed.verb)) members.complain("verb", "start, stop, restart or reload");
    if (owed.unit.empty() || owed.unit.starts_with('-'))
      members.complain("unit", "the name of a unit");
    return;
  }
  if (!owed.argv.front().starts_with('/')) members.complain("argv", "an absolute path first");
  if (owed.argv.size() > limits::kArgvWords) members.complain("argv", "a shorter command");
  if (!owed.unit.empty() || !owed.verb.empty())
    members.complain("argv", "either a program or a unit, not both,");
}

}  // namespace

Result<OwedAction> owed_for(const rules::Action& action,
                            const std::vector<rules::Target>& targets) {
  OwedAction owed;
  owed.what = rules::describe(action);
  if (const auto* run = std::get_if<rules::RunAction>(&action)) {
    owed.argv = run->argv;
    owed.user = run->user;
    owed.environment = run->environment;
    owed.timeout = kProgramTimeout;
    return owed;
  }
  const auto* service = std::get_if<rules::ServiceAction>(&action);
  if (service == nullptr)
    return fail(ErrorCode::unsupported, "'" + owed.what + "' is nothing that others could do");
  const auto target = std::ranges::find(targets, service->target, &rules::Target::name);
  if (target == targets.end())
    return fail(ErrorCode::not_found, "no target is named '" + service->target + "'");
  if (const auto* command = target->command(service->verb)) {
    owed.argv = *command;
    owed.timeout = kProgramTimeout;
  } else if (!target->unit.empty()) {
    owed.verb = rules::to_string(service->verb);
    owed.unit = target->unit;
  } else {
    return fail(ErrorCode::unsupported, "target '" + target->name +
                                            "' has neither a unit nor a command to " +
                                            std::string(rules::to_string(service->verb)) + " it");
  }
  return owed;
}

rules::RunAction payment_of(const OwedAction& owed, const std::string& systemctl) {
  if (owed.argv.empty()) return {{systemctl, owed.verb, "--", owed.unit}, {}, {}};
  return {owed.argv, owed.user, owed.environment};
}

bool is_due(const OwedAction& owed, std::string_view boot_id, BootTime now) {
  return owed.boot_id != boot_id || now >= owed.due;
}

std::string to_line(const OwedAction& owed) {
  JsonValue::Object line;
  const auto put = [&](const char* key, JsonValue value) {
    line.emplace_back(key, std::move(value));
  };
  put("v", number(std::int64_t{kOwedLineVersion}));
  put("id", number(owed.id));
  put("step", number(owed.step));
  put("rule", text(owed.rule));
  put("what", text(owed.what));
  put("argv", list(owed.argv));
  put("user", text(owed.user));
  put("environment", list(owed.environment));
  put("verb", text(owed.verb));
  put("unit", text(owed.unit));
  put("timeout_ns", number(std::int64_t{owed.timeout.count()}));
  put("boot_id", text(owed.boot_id));
  put("due_ns", number(std::int64_t{owed.due.since_epoch.count()}));
  return to_text(JsonValue(std::move(line), 0));
}

Result<OwedAction> parse_owed_line(std::string_view line) {
  const auto document = parse_json(line, "owed");
  if (!document) return fail(document.error());
  if (document->object() == nullptr)
    return fail(ErrorCode::invalid,
                "an owed action must be an object, not " + std::string(document->kind()));
  LineMembers members(*document);
  std::int64_t version = 0;
  members.read("v", version);
  if (version != kOwedLineVersion) members.complain("v", "the version 1");
  OwedAction owed;
  members.read_id("id", owed.id);
  members.read_id("step", owed.step);
  members.read("rule", owed.rule);
  members.read("what", owed.what);
  members.read("argv", owed.argv);
  members.read("user", owed.user);
  members.read("environment", owed.environment);
  members.read("verb", owed.verb);
  members.read("unit", owed.unit);
  members.read("timeout_ns", owed.timeout);
  members.read("boot_id", owed.boot_id);
  members.read("due_ns", owed.due.since_epoch);
  check_shape(owed, members);
  if (!members.problem().empty()) return fail(ErrorCode::invalid, members.problem());
  return owed;
}

}  // namespace slewd::remedy
