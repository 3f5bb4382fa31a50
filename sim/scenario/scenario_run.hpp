// SPDX-License-Identifier: Apache-2.0
// Tells one scenario: a World with one engine in it, driven to the end, and what came of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/core/jumps/clock_event.hpp"
#include "agent/core/snapshot.hpp"
#include "sim/scenario/engine_host.hpp"
#include "sim/scenario/figures.hpp"
#include "sim/scenario/scenario.hpp"

namespace slewd::sim {

// Looks at a run from outside: a second client for comparison, or a judge of the first.
class RunWatcher {
 public:
  virtual ~RunWatcher() = default;
  // The world is set up, and the engine not yet started.
  virtual void begin(EngineHost& host) = 0;
  // Each second in which the machine runs and no leap second is going on. `error`: true time less
  // wall; `elapsed` since the start.
  virtual void second(EngineHost& host, Nanos elapsed, Nanos error) = 0;
};

struct RunChoice {
  core::PollRange poll;
  Ppm rate;  // of small and large slews; zero: those of the scenario's `core`
  std::uint64_t seed = 1;
  Nanos series_every{};  // zero: no series
  RunWatcher* watcher = nullptr;
};

struct SeriesPoint {
  Nanos elapsed{};
  Nanos error{};  // wall less truth
  Nanos bound{};  // zero = none was published
  core::Phase phase = core::Phase::unset;
  Nanos remaining{};
};

struct ScenarioResult {
  RunFigures figures;
  double packets_per_hour = 0;  // sent by the client, from statistics_from on
  std::uint64_t steps = 0;
  bool stepped_back = false;
  std::uint64_t event_50 = 0;
  std::uint64_t bound_samples = 0;        // seconds with a published bound
  std::uint64_t bound_broken = 0;         // in which it did not contain the truth
  std::uint64_t breaches = 0;             // of the invariants of engine_host.hpp
  std::vector<std::string> breach_texts;  // the first of them
  core::Phase last_phase = core::Phase::unset;
  std::vector<core::ClockEvent> jumps;
  std::vector<Nanos> jumped_at;  // when each of them was told, since the start
  std::vector<core::PhaseTransition> transitions;
  std::uint64_t trace_hash = 0;
  std::vector<SeriesPoint> series;
};

[[nodiscard]] ScenarioResult run_scenario(const Scenario& scenario, const RunChoice& choice);

// Which limits of the scenario this result breaks, in words; empty = passed.
[[nodiscard]] std::vector<std::string> broken_limits(const Scenario& scenario,
                                                     const ScenarioResult& result);

}  // namespace slewd::sim
