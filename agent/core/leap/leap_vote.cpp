// SPDX-License-Identifier: Apache-2.0
#include "agent/core/leap/leap_vote.hpp"

#include <algorithm>

namespace slewd::core {

Leap leap_vote(std::span<const Leap> indicators) {
  const auto voices = [&](Leap leap) { return std::ranges::count(indicators, leap); };
  const auto valid = std::ssize(indicators) - voices(Leap::unknown);
  if (valid == 0) return Leap::unknown;
  for (const Leap leap : {Leap::insert, Leap::erase})
    if (2 * voices(leap) > valid) return leap;
  return Leap::none;
}

}  // namespace slewd::core
