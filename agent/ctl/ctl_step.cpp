// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/ctl_step.hpp"

#include <cstdint>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "base/text.hpp"
#include "base/timeline.hpp"

namespace slewd::app {
namespace {

using Json = nlohmann::json;

std::string list_text(const Json& entries) {
  std::string text;
  for (const Json& entry : entries) append_item(text, entry.get<std::string>());
  return text.empty() ? "nothing" : text;
}

std::string hook_text(const Json& hook) {
  std::string text = "  " + hook.at("rule").get<std::string>();
  if (hook.at("dry_run").get<bool>()) text += " (shadow mode: not executed)";
  return text + "\n    before: " + list_text(hook.at("before")) +
         "\n    after:  " + list_text(hook.at("after")) +
         "\n    why:    " + hook.at("evidence").get<std::string>() + "\n";
}

std::string step_plan_text(const Json& answer) {
  std::string text = "The offset of the clock is unknown.\n";
  if (answer.contains("size_seconds")) {
    const Nanos size = from_seconds(answer.at("size_seconds").get<double>());
    text = "Step: " + format_rounded(magnitude(size)) +
           (size < Nanos{0} ? " backward.\n" : " forward.\n");
  }
  const Json& hooks = answer.at("hooks");
  text += hooks.empty() ? "No rule has hooks for this step.\n" : "Hooks of rules:\n";
  for (const Json& hook : hooks) text += hook_text(hook);
  if (answer.contains("refused"))
    return text + "The step would be refused: " + answer.at("refused").get<std::string>() + "\n";
  return text + "This is only the plan. To execute it, add --yes and --reason.\n";
}

// None while the step runs.
std::optional<StepEnd> end_of(const Json& actions, std::uint64_t id) {
  for (const Json& action : actions.at("actions")) {
    if (action.at("intent").get<std::uint64_t>() != id) continue;
    const auto ending = action.at("ending").get<std::string>();
    return StepEnd{ending + ": " + action.at("detail").get<std::string>() + "\n",
                   ending == "verified"};
  }
  return std::nullopt;
}

Result<StepEnd> follow(std::uint64_t id, const StepWorld& world) {
  world.remark("planned step " + std::to_string(id) + " started");
  while (world.wait()) {
    const Result<std::string> text = world.actions();
    if (!text) return fail(text.error());
    if (const auto end = end_of(Json::parse(*text), id)) return *end;
  }
  return StepEnd{"still running; see 'slewctl actions' for the result\n", false};
}

Result<StepEnd> request_step(const StepArguments& arguments, const StepWorld& world) {
  Json body{{"dry", !arguments.yes}};
  if (!arguments.reason.empty()) body["reason"] = arguments.reason;
  const Result<std::string> text = world.step(body.dump());
  if (!text) return fail(text.error());
  const Json answer = Json::parse(*text);
  if (arguments.yes) return follow(answer.at("id").get<std::uint64_t>(), world);
  return StepEnd{arguments.json ? *text : step_plan_text(answer), !answer.contains("refused")};
}

}  // namespace

Result<StepEnd> run_step(const StepArguments& arguments, const StepWorld& world) {
  try {
    return request_step(arguments, world);
  } catch (const Json::exception& error) {
    return fail(ErrorCode::invalid,
                std::string("cannot parse the answer of slewd: ") + error.what());
  }
}

}  // namespace slewd::app
