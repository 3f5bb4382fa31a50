// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/pending_undo.hpp"

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

// The lines of an undo log are executed: anything but a plain command is refused.
void check_shape(const PendingUndo& undo, records::LineCodec& codec) {
  if (undo.timeout <= Nanos{0} || undo.timeout > std::chrono::hours(1))
    codec.complain("timeout_ns", "a time of at most an hour");
  if (holds_nul({undo.unit, undo.user}) || holds_nul(undo.argv) || holds_nul(undo.environment))
    codec.complain("argv", "a text without NUL");
  if (undo.argv.empty()) {
    if (!is_verb(undo.verb)) codec.complain("verb", "start, stop, restart or reload");
    if (undo.unit.empty() || undo.unit.starts_with('-'))
      codec.complain("unit", "the name of a unit");
    return;
  }
  if (!undo.argv.front().starts_with('/')) codec.complain("argv", "an absolute path first");
  if (undo.argv.size() > limits::kArgvWords) codec.complain("argv", "a shorter command");
  if (!undo.unit.empty() || !undo.verb.empty())
    codec.complain("argv", "either a program or a unit, not both,");
}

void describe_line(records::LineCodec& codec, PendingUndo& undo) {
  codec.id("id", undo.id);
  codec.id("step", undo.step);
  codec.member("rule", undo.rule);
  codec.member("what", undo.what);
  codec.member("argv", undo.argv);
  codec.member("user", undo.user);
  codec.member("environment", undo.environment);
  codec.member("verb", undo.verb);
  codec.member("unit", undo.unit);
  codec.member("timeout_ns", undo.timeout);
  codec.member("boot_id", undo.boot_id);
  codec.member("due_ns", undo.due);
  if (!codec.writing()) check_shape(undo, codec);
}

}  // namespace

Result<PendingUndo> pending_undo_for(const rules::Action& action,
                                     const std::vector<rules::Target>& targets) {
  PendingUndo undo;
  undo.what = rules::describe(action);
  if (const auto* run = std::get_if<rules::RunAction>(&action)) {
    undo.argv = run->argv;
    undo.user = run->user;
    undo.environment = run->environment;
    undo.timeout = kProgramTimeout;
    return undo;
  }
  const auto* service = std::get_if<rules::ServiceAction>(&action);
  if (service == nullptr)
    return fail(ErrorCode::unsupported,
                "'" + undo.what + "' cannot be undone by the fallback timer");
  const auto target = std::ranges::find(targets, service->target, &rules::Target::name);
  if (target == targets.end())
    return fail(ErrorCode::not_found, "no target is named '" + service->target + "'");
  if (const auto* command = target->command(service->verb)) {
    undo.argv = *command;
    undo.timeout = kProgramTimeout;
  } else if (!target->unit.empty()) {
    undo.verb = rules::to_string(service->verb);
    undo.unit = target->unit;
  } else {
    return fail(ErrorCode::unsupported, "target '" + target->name +
                                            "' has neither a unit nor a command to " +
                                            std::string(rules::to_string(service->verb)) + " it");
  }
  return undo;
}

rules::RunAction command_for(const PendingUndo& undo, const std::string& systemctl) {
  if (undo.argv.empty()) return {{systemctl, undo.verb, "--", undo.unit}, {}, {}};
  return {undo.argv, undo.user, undo.environment};
}

bool is_due(const PendingUndo& undo, std::string_view boot_id, BootTime now) {
  return undo.boot_id != boot_id || now >= undo.due;
}

std::string to_line(const PendingUndo& undo) { return records::line_of(undo, describe_line); }

Result<PendingUndo> parse_undo_line(std::string_view line) {
  return records::record_of(line, "pending undo", limits::kUndoLogBytes, describe_line);
}

}  // namespace slewd::remedy
