// SPDX-License-Identifier: Apache-2.0
// True time: what the clock of the simulated world ought to show. No daemon ever sees it.
#pragma once

#include "base/timeline.hpp"

namespace slewd::sim {

// Nanoseconds since 1970-01-01T00:00:00 UTC, without error.
using TrueTime = Instant<struct TrueTag>;

// 2026-01-01T00:00:00 UTC: where worlds begin unless told otherwise.
inline constexpr TrueTime kWorldStart{std::chrono::seconds{1'767'225'600}};

// What a perfect wall clock shows at `time`, as long as there was no leap second: see utc.hpp.
[[nodiscard]] constexpr WallTime to_wall(TrueTime time) { return WallTime{time.since_epoch}; }

}  // namespace slewd::sim
