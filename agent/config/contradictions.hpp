// SPDX-License-Identifier: Apache-2.0
// Settings that are valid alone but have no effect or a wrong one together.
#pragma once

#include <string>
#include <vector>

#include "agent/core/config.hpp"

namespace slewd::app {

// One line for each: the settings and their effect. Empty for the defaults.
[[nodiscard]] std::vector<std::string> contradictions_in(const core::CoreConfig& config);

// With these settings the clock is never disciplined.
[[nodiscard]] std::vector<std::string> impossibilities_in(const core::CoreConfig& config);

}  // namespace slewd::app
