// SPDX-License-Identifier: Apache-2.0
// The parts of a simulation's report as lines of text.
#pragma once

#include <string>
#include <vector>

#include "lab/simulate.hpp"

namespace slewd::lab {

struct PhaseChange {
  Nanos at{};
  core::Phase phase = core::Phase::unset;
  std::string why;  // empty for the first
};

// The events of the scenario in the order of time.
[[nodiscard]] std::vector<std::string> happenings(const sim::Scenario& scenario);

// With the resolution of the series; a shorter phase is left out. Only for a run with a series.
[[nodiscard]] std::vector<PhaseChange> phase_changes(const Simulation& simulation,
                                                     const SimulatedRun& run);
[[nodiscard]] std::string phase_line(const PhaseChange& change);

// `reported`: the time of the report, since the start of the run.
[[nodiscard]] std::string jump_line(const core::ClockEvent& jump, Nanos reported);

}  // namespace slewd::lab
