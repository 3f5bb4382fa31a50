// SPDX-License-Identifier: Apache-2.0
// Which leap second is coming, as the believed sources say together: each has one vote.
#pragma once

#include <span>

#include "agent/core/ports.hpp"

namespace slewd::core {

// The leap that more than half of the valid indicators announce; `none` when no leap has as many
// voices; `unknown` when no indicator is valid (Leap::unknown has no voice).
[[nodiscard]] Leap leap_vote(std::span<const Leap> indicators);

}  // namespace slewd::core
