// SPDX-License-Identifier: Apache-2.0
// `slewd-lab plan`: predicts how slewd corrects an offset, and how long that takes. Needs no
// daemon.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/discipline/steering.hpp"

#include "lab/step_harm.hpp"

namespace slewd::lab {

// One slew from its first to its last moment, in true time since it began.
struct SlewLine {
  Ppm rate;             // the fastest in it
  Nanos below_128ms{};  // when the remaining offset is smaller
  Nanos below_1ms{};
  Nanos done{};
};

// Lets core::Steering remove `offset`. Saturates at 290 years.
[[nodiscard]] SlewLine run_slew(Nanos offset, const core::SteeringConfig& config, Ppm headroom);

struct PlanRequest {
  std::string offset;  // "11s", "-11s"; positive = the clock is behind
  std::string rate;    // of every slew; empty = as configured
  core::CoreConfig core;
};

struct Plan {
  Nanos offset{};
  SlewLine line;                    // as configured
  std::vector<SlewLine> customary;  // the same at other rates
  std::vector<std::string> remarks;
  std::vector<Harm> step_harms;   // of a step instead
  std::vector<Harm> error_harms;  // of the error until the slew is done
};

// `invalid` when offset or rate is not one, or not within what can be planned.
[[nodiscard]] Result<Plan> make_plan(const PlanRequest& request);

[[nodiscard]] std::string plan_text(const Plan& plan);
[[nodiscard]] std::string plan_json(const Plan& plan);

}  // namespace slewd::lab
