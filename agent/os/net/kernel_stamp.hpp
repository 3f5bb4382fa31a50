// SPDX-License-Identifier: Apache-2.0
// From the kernel's stamp of a packet, which is wall time, to the un-slewed timeline. Pure.
#pragma once

#include <optional>

#include "agent/core/ports.hpp"
#include "base/timeline.hpp"

namespace slewd::os {

// The RAW moment of `stamp`, a wall time between the two readings. It is interpolated, because the
// wall clock may be slewed by up to 10 %: the readings themselves show how fast it runs against
// RAW. The result is no further off than the worse of the two readings. Empty when the stamp is not
// between them, or when the wall clock was stepped between them: the step may lie on either side of
// the stamp and would enter as a false delay.
[[nodiscard]] std::optional<RawTime> raw_of(WallTime stamp, const core::ClockReading& before,
                                            const core::ClockReading& after);

}  // namespace slewd::os
