#include "exporter/commands.hpp"

#include <algorithm>
#include <array>

#include "base/json_reader.hpp"
#include "base/text.hpp"

namespace slewd::exporter {
namespace {

constexpr std::array<std::string_view, 4> kCommands{"pause", "resume", "burst", "reload"};

}  // namespace

bool is_command(std::string_view name) {
  return std::find(kCommands.begin(), kCommands.end(), name) != kCommands.end();
}

Result<std::string> parse_reason(std::string_view name, std::string_view body) {
  std::string reason;
  if (trim(body).empty()) return reason;
  const Result<JsonValue> json = parse_json(body, "body");
  if (!json) return fail(json.error());
  JsonProblems problems("body");
  ObjectReader reader(*json, "", problems);
  if (name == "pause") reader.get("reason", reason);
  reader.finish();
  if (!problems.empty()) return fail(problems.to_error());
  return reason;
}

Result<void> run_command(Control& control, std::string_view name, std::string_view reason) {
  if (name == "pause") return control.pause(reason);
  if (name == "resume") return control.resume();
  if (name == "burst") return control.burst();
  return control.reload();
}

}  // namespace slewd::exporter
