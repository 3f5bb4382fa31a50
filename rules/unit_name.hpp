// SPDX-License-Identifier: Apache-2.0
// What a unit of systemd may be called.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slewd::rules {

// The part from the last dot on: ".service". Empty when there is no dot.
[[nodiscard]] std::string_view unit_kind(std::string_view unit);

// "getty@tty1.service" gives "getty@.service"; a unit that is no instance gives itself.
[[nodiscard]] std::string unit_template(std::string_view unit);

// Why this names no unit that can be acted upon, or nothing. A template is no unit.
[[nodiscard]] std::optional<std::string> why_no_unit(std::string_view unit);

}  // namespace slewd::rules
