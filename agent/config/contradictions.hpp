// SPDX-License-Identifier: Apache-2.0
// Settings that can be read, each good by itself, and that together do not do what they say.
#pragma once

#include <string>
#include <vector>

#include "agent/core/config.hpp"

namespace slewd::app {

// One line for each: which settings, and what happens instead. Empty for the defaults.
[[nodiscard]] std::vector<std::string> contradictions_in(const core::CoreConfig& config);

// With these settings the clock is never disciplined, whatever the servers answer.
[[nodiscard]] std::vector<std::string> impossibilities_in(const core::CoreConfig& config);

}  // namespace slewd::app
