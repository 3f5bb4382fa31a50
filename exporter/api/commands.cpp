// SPDX-License-Identifier: Apache-2.0
#include "exporter/api/commands.hpp"

#include <algorithm>
#include <array>

#include "base/json_reader.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "exporter/api/api.hpp"

namespace slewd::exporter {
namespace {

constexpr std::array<std::string_view, 5> kCommands{"pause", "resume", "burst", "reload", "step"};
constexpr Nanos kLongestPause = std::chrono::seconds(limits::kPauseSeconds);

}  // namespace

bool is_command(std::string_view name) {
  return std::find(kCommands.begin(), kCommands.end(), name) != kCommands.end();
}

Result<Command> parse_command(std::string_view name, std::string_view body) {
  Command command{std::string(name), {}, {}, true};
  if (trim(body).empty()) return command;
  const Result<JsonValue> json = parse_json(body, "body");
  if (!json) return fail(json.error());
  JsonProblems problems("body");
  ObjectReader reader(*json, "", problems);
  if (name == "pause") {
    Nanos duration{};
    reader.get("reason", command.reason);
    reader.get("for", duration, std::chrono::seconds(1), kLongestPause);
    if (reader.has("for")) command.duration = duration;
    if (command.reason.size() > limits::kPauseReasonBytes)
      reader.problem("reason", "is longer than " + std::to_string(limits::kPauseReasonBytes) +
                                   " bytes: it could not be saved for a restart");
  }
  if (name == "step") {
    reader.get("reason", command.reason);
    reader.get("dry", command.dry);
    if (!command.dry && trim(command.reason).empty())
      reader.problem("reason", "is missing: it is recorded with the step");
  }
  reader.finish();
  if (!problems.empty()) return fail(problems.to_error());
  return command;
}

namespace {

// Returns a warning, or nothing.
Result<std::string> run_plain(Control& control, const Command& command) {
  if (command.name == "pause") return control.pause(command.reason, command.duration);
  if (command.name == "resume") return control.resume();
  if (auto done = control.burst(); !done) return fail(std::move(done.error()));
  return std::string();
}

Result<std::string> run_reload(Control& control) {
  const auto refused = control.reload();
  if (!refused) return fail(refused.error());
  return reloaded_json(*refused);
}

Result<std::string> run_step(Control& control, const Command& command) {
  const Result<rules::StepAnswer> answer = control.step(command.reason, command.dry);
  if (!answer) return fail(answer.error());
  if (!command.dry && !answer->refused.empty()) return fail(ErrorCode::invalid, answer->refused);
  return step_json(*answer);
}

}  // namespace

Result<std::string> run_command(Control& control, const Command& command) {
  if (command.name == "step") return run_step(control, command);
  if (command.name == "reload") return run_reload(control);
  const Result<std::string> warning = run_plain(control, command);
  if (!warning) return fail(warning.error());
  return done_json(command.name, *warning);
}

}  // namespace slewd::exporter
