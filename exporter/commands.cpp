#include "exporter/commands.hpp"

#include <algorithm>
#include <array>

#include "base/json_reader.hpp"
#include "base/text.hpp"

namespace slewd::exporter {
namespace {

constexpr std::array<std::string_view, 4> kCommands{"pause", "resume", "burst", "reload"};
constexpr Nanos kLongestPause = std::chrono::hours(24 * 366);

}  // namespace

bool is_command(std::string_view name) {
  return std::find(kCommands.begin(), kCommands.end(), name) != kCommands.end();
}

Result<Command> parse_command(std::string_view name, std::string_view body) {
  Command command{std::string(name), {}, {}};
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
  }
  reader.finish();
  if (!problems.empty()) return fail(problems.to_error());
  return command;
}

Result<void> run_command(Control& control, const Command& command) {
  if (command.name == "pause") return control.pause(command.reason, command.duration);
  if (command.name == "resume") return control.resume();
  if (command.name == "burst") return control.burst();
  return control.reload();
}

}  // namespace slewd::exporter
