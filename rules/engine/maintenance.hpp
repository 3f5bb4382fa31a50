// SPDX-License-Identifier: Apache-2.0
// Whether a moment of corrected time lies in a maintenance window.
#pragma once

#include <string>

#include "rules/rule.hpp"

namespace slewd::rules {

[[nodiscard]] bool contains(const MaintenanceWindow& window, WallTime now);

// "night (mon to fri 02:00 to 04:00, +00:00)".
[[nodiscard]] std::string describe(const MaintenanceWindow& window);

}  // namespace slewd::rules
