// SPDX-License-Identifier: Apache-2.0
// Units that no rule may act on, whatever the rule file and polkit allow.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slewd::rules {

// Why this unit is protected, or nothing. `extra` are the configured ones: names of units, or of
// templates ("postgresql@.service"), which cover all their instances. Aliases are not resolved: ask
// for every name of the unit.
[[nodiscard]] std::optional<std::string> why_protected(std::string_view unit,
                                                       const std::vector<std::string>& extra);

}  // namespace slewd::rules
