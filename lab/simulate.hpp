// SPDX-License-Identifier: Apache-2.0
// `slewd-lab simulate`: runs a configuration in a scenario of the simulator. Uses no daemon, clock
// or network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/core/config.hpp"
#include "base/result.hpp"
#include "sim/scenario/scenario_run.hpp"

namespace slewd::lab {

struct SimulateRequest {
  std::string scenario;  // the name of a shipped one, or a file
  std::uint64_t seed = 1;
  int seeds = 1;              // runs with seed, seed + 1, ...
  std::string poll;           // "6:10" or "64s:1024s"; empty = that of `core`
  core::CoreConfig core;      // its sources are those of the scenario instead
  std::string configuration;  // its name in the report: a path, or "slewd's defaults"
};

// A time during which the clock was off by 128 ms or more.
struct Excursion {
  Nanos from{};
  Nanos to{};  // the first moment that is within again, or the end
  Nanos largest{};
  bool ended = false;
};

struct SimulatedRun {
  std::uint64_t seed = 0;
  sim::ScenarioResult result;
  // From the series.
  std::vector<Excursion> excursions;
  std::optional<Nanos> home_1ms;  // below 1 ms from then to the end; empty = never
  Nanos largest{};                // error, unsigned
  Nanos typical{};                // its median
};

struct Simulation {
  sim::Scenario scenario;
  core::PollRange poll;
  std::string configuration;
  Nanos series_every{};  // between two points of the series
  std::vector<SimulatedRun> runs;
};

// `not_found` or `invalid`, with file and line where there is one.
[[nodiscard]] Result<Simulation> simulate(const SimulateRequest& request);

// The shipped scenarios with their comments.
[[nodiscard]] std::string simulate_list();

// simulate_report.cpp
[[nodiscard]] std::string simulation_text(const Simulation& simulation);
[[nodiscard]] std::string simulation_json(const Simulation& simulation, bool with_series);
// Of the first run.
[[nodiscard]] std::string simulation_svg(const Simulation& simulation);

}  // namespace slewd::lab
