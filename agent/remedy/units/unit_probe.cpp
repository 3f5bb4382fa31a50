// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/units/unit_probe.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace slewd::remedy {

using rules::ProbeState;

ProbeResult judge_unit(std::string_view unit, std::string_view state) {
  constexpr std::array<std::string_view, 2> kServing{"active", "reloading"};
  constexpr std::array<std::string_view, 6> kNotServing{
      "inactive", "failed", "activating", "deactivating", "maintenance", "refreshing"};
  const std::string detail = std::string(unit) + " is " + std::string(state);
  if (std::ranges::find(kServing, state) != kServing.end()) return {ProbeState::ok, detail, {}};
  if (std::ranges::find(kNotServing, state) != kNotServing.end())
    return {ProbeState::failed, detail, {}};
  return {ProbeState::unknown, "the state of " + std::string(unit) + " is unknown", {}};
}

}  // namespace slewd::remedy
