// SPDX-License-Identifier: Apache-2.0
// Names of systemd units.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slewd::rules {

// The part from the last dot on: ".service". Empty when there is no dot.
[[nodiscard]] std::string_view unit_kind(std::string_view unit);

// "getty@tty1.service" gives "getty@.service"; a unit that is not an instance gives itself.
[[nodiscard]] std::string unit_template(std::string_view unit);

// Why this is not the name of a unit that can be acted on, or nothing. A template is not a unit.
[[nodiscard]] std::optional<std::string> why_no_unit(std::string_view unit);

}  // namespace slewd::rules
