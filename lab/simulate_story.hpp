// SPDX-License-Identifier: Apache-2.0
// The parts of a simulation's report as lines of plain words.
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

// What the scenario does to machine and servers, in order of time.
[[nodiscard]] std::vector<std::string> happenings(const sim::Scenario& scenario);

// To one point of the series exactly; a phase shorter than that is left out. Only of a run that
// has its series.
[[nodiscard]] std::vector<PhaseChange> phase_changes(const Simulation& simulation,
                                                     const SimulatedRun& run);
[[nodiscard]] std::string phase_line(const PhaseChange& change);

// `told`: when, since the start.
[[nodiscard]] std::string jump_line(const core::ClockEvent& jump, Nanos told);

}  // namespace slewd::lab
