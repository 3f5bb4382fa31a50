// SPDX-License-Identifier: Apache-2.0
#include "lab/simulate.hpp"

#include <algorithm>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/table.hpp"
#include "base/text.hpp"
#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/scenario/scenario_file.hpp"

namespace slewd::lab {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMostPoints = 200'000;  // of a series in memory: two days at 1 Hz
constexpr Nanos kFarOff = 128ms;
constexpr Nanos kHome = 1ms;

Result<sim::Scenario> load_scenario(const std::string& name) {
  std::vector<std::string_view> names;
  for (const sim::BuiltinScenario& builtin : sim::builtin_scenarios()) {
    if (builtin.name == name) return sim::parse_scenario(builtin.text, name);
    names.push_back(builtin.name);
  }
  const auto text = read_file(name, limits::kConfigBytes);
  if (text) return sim::parse_scenario(*text, name);
  if (text.error().code() != ErrorCode::not_found) return fail(text.error());
  return fail(ErrorCode::not_found, "no shipped scenario or file named '" + name + "'" +
                                        suggestion(name, names) +
                                        "; see 'slewd-lab simulate --list'");
}

// At least a second, so that no series grows beyond its bound.
Nanos series_step(Nanos length) {
  const std::int64_t seconds = length / 1s;
  return std::chrono::seconds{std::max<std::int64_t>(1, (seconds - 1) / kMostPoints + 1)};
}

void find_excursions(SimulatedRun& run) {
  for (const sim::SeriesPoint& point : run.result.series) {
    const Nanos size = magnitude(point.error);
    const bool open = !run.excursions.empty() && !run.excursions.back().ended;
    if (size >= kFarOff) {
      if (!open) run.excursions.push_back({point.elapsed, point.elapsed, size, false});
      Excursion& last = run.excursions.back();
      last.largest = std::max(last.largest, size);
      last.to = point.elapsed;
    } else if (open) {
      run.excursions.back().to = point.elapsed;
      run.excursions.back().ended = true;
    }
  }
}

void look_at_series(SimulatedRun& run) {
  find_excursions(run);
  std::vector<double> sizes;
  for (const sim::SeriesPoint& point : run.result.series) {
    const Nanos size = magnitude(point.error);
    sizes.push_back(to_seconds(size));
    run.largest = std::max(run.largest, size);
    if (size >= kHome)
      run.home_1ms.reset();
    else if (!run.home_1ms)
      run.home_1ms = point.elapsed;
  }
  run.typical = from_seconds(sim::median(std::move(sizes)));
}

}  // namespace

Result<Simulation> simulate(const SimulateRequest& request) {
  auto scenario = load_scenario(request.scenario);
  if (!scenario) return fail(scenario.error());
  Simulation simulation;
  simulation.scenario = std::move(*scenario);
  simulation.scenario.core = request.core;
  simulation.scenario.core.sources.clear();
  simulation.configuration = request.configuration;
  simulation.poll = request.core.poll;
  simulation.series_every = series_step(simulation.scenario.length);
  if (!request.poll.empty()) {
    const auto range = sim::parse_poll_range(request.poll);
    if (!range)
      return fail(ErrorCode::invalid,
                  "--poll: '" + request.poll +
                      R"(' is not a range of poll intervals; write 6:10 or 64s:1024s)");
    simulation.poll = *range;
  }
  for (int i = 0; i < request.seeds; ++i) {
    sim::RunChoice choice;
    choice.poll = simulation.poll;
    choice.seed = request.seed + static_cast<std::uint64_t>(i);
    choice.series_every = simulation.series_every;
    SimulatedRun run;
    run.seed = choice.seed;
    run.result = sim::run_scenario(simulation.scenario, choice);
    look_at_series(run);
    if (i > 0) run.result.series = {};  // only the first is drawn
    simulation.runs.push_back(std::move(run));
  }
  return simulation;
}

std::string simulate_list() {
  Table table({{"scenario"}, {"description"}});
  for (const sim::BuiltinScenario& builtin : sim::builtin_scenarios()) {
    const auto scenario = sim::parse_scenario(builtin.text, builtin.name);
    if (scenario) table.add({std::string(builtin.name), scenario->comment});
  }
  return table.print();
}

}  // namespace slewd::lab
