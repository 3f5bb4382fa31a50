// SPDX-License-Identifier: Apache-2.0
#include "lab/lab_commands.hpp"

#include "agent/config/config.hpp"
#include "base/atomic_file.hpp"

#include "lab/plan.hpp"
#include "lab/simulate.hpp"

namespace slewd::lab {
namespace {

constexpr mode_t kFileMode = 0644;

Result<core::CoreConfig> core_config(const std::string& path) {
  if (path.empty()) return core::CoreConfig{};
  const auto loaded = app::load_config(path);
  if (!loaded) return fail(loaded.error());
  return loaded->config.core;
}

// Does nothing if `path` is empty.
Result<void> write(const std::string& path, const std::string& text) {
  if (path.empty()) return {};
  return write_atomically(path, text, kFileMode);
}

}  // namespace

Result<std::string> run_plan(const PlanArguments& arguments) {
  const auto core = core_config(arguments.config);
  if (!core) return fail(core.error());
  const auto plan = make_plan({arguments.offset, arguments.rate, *core});
  if (!plan) return fail(plan.error());
  return arguments.json ? plan_json(*plan) : plan_text(*plan);
}

Result<std::string> run_simulate(const SimulateArguments& arguments) {
  if (arguments.list) return simulate_list();
  if (arguments.scenario.empty())
    return fail(ErrorCode::invalid,
                "no scenario given; use a name from 'slewd-lab simulate --list' or a file");
  const auto core = core_config(arguments.config);
  if (!core) return fail(core.error());
  const auto simulation =
      simulate({arguments.scenario, arguments.seed, arguments.seeds, arguments.poll, *core,
                arguments.config.empty() ? "slewd's defaults" : arguments.config});
  if (!simulation) return fail(simulation.error());
  if (auto written = write(arguments.svg, simulation_svg(*simulation)); !written)
    return fail(std::move(written.error()).within("--svg"));
  if (auto written = write(arguments.json_file, simulation_json(*simulation, true)); !written)
    return fail(std::move(written.error()).within("--json"));
  return arguments.json ? simulation_json(*simulation, false) : simulation_text(*simulation);
}

}  // namespace slewd::lab
