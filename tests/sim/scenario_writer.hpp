// SPDX-License-Identifier: Apache-2.0
// A scenario as the text that sim::parse_scenario reads back.
#pragma once

#include <string>

#include "sim/scenario/scenario.hpp"

namespace slewd::tests {

// Holds what a drawn world has: no `watched`, no `limits`, and of `core` what a file begins with.
[[nodiscard]] std::string scenario_text(const sim::Scenario& scenario);

}  // namespace slewd::tests
