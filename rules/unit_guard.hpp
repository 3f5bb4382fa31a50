// SPDX-License-Identifier: Apache-2.0
// Units that no rule may touch, whatever its author and polkit say.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slewd::rules {

// Why this unit is out of bounds, or nothing. `extra` are the operator's own: names of units, or of
// templates ("postgresql@.service"), which cover all their instances. Knows no alias: ask for every
// name of the unit.
[[nodiscard]] std::optional<std::string> why_protected(std::string_view unit,
                                                       const std::vector<std::string>& extra);

}  // namespace slewd::rules
