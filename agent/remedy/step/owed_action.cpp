// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/owed_action.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "agent/records/line_codec.hpp"
#include "base/limits.hpp"

namespace slewd::remedy {
namespace {

constexpr Nanos kProgramTimeout = std::chrono::minutes(5);

bool is_verb(std::string_view word) {
  return std::ranges::any_of(rules::kVerbs,
                             [&](rules::Verb verb) { return rules::to_string(verb) == word; });
}

bool holds_nul(const std::vector<std::string>& words) {
  return std::ranges::any_of(
      words, [](const std::string& word) { return word.find('\0') != std::string::npos; });
}

// What a book says is carried out: anything but the plain shape of an order is refused.
void check_shape(const OwedAction& owed, records::LineCodec& codec) {
  if (owed.timeout <= Nanos{0} || owed.timeout > std::chrono::hours(1))
    codec.complain("timeout_ns", "a time of at most an hour");
  if (holds_nul({owed.unit, owed.user}) || holds_nul(owed.argv) || holds_nul(owed.environment))
    codec.complain("argv", "a text without NUL");
  if (owed.argv.empty()) {
    if (!is_verb(owed.verb)) codec.complain("verb", "start, stop, restart or reload");
    if (owed.unit.empty() || owed.unit.starts_with('-'))
      codec.complain("unit", "the name of a unit");
    return;
  }
  if (!owed.argv.front().starts_with('/')) codec.complain("argv", "an absolute path first");
  if (owed.argv.size() > limits::kArgvWords) codec.complain("argv", "a shorter command");
  if (!owed.unit.empty() || !owed.verb.empty())
    codec.complain("argv", "either a program or a unit, not both,");
}

void describe_line(records::LineCodec& codec, OwedAction& owed) {
  codec.id("id", owed.id);
  codec.id("step", owed.step);
  codec.member("rule", owed.rule);
  codec.member("what", owed.what);
  codec.member("argv", owed.argv);
  codec.member("user", owed.user);
  codec.member("environment", owed.environment);
  codec.member("verb", owed.verb);
  codec.member("unit", owed.unit);
  codec.member("timeout_ns", owed.timeout);
  codec.member("boot_id", owed.boot_id);
  codec.member("due_ns", owed.due);
  if (!codec.writing()) check_shape(owed, codec);
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

std::string to_line(const OwedAction& owed) { return records::line_of(owed, describe_line); }

Result<OwedAction> parse_owed_line(std::string_view line) {
  return records::record_of(line, "pending undo", limits::kUndoLogBytes, describe_line);
}

}  // namespace slewd::remedy
