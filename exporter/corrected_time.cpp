// SPDX-License-Identifier: Apache-2.0
#include "exporter/corrected_time.hpp"

namespace slewd::exporter {

std::optional<WallTime> corrected_utc(const core::Snapshot& snapshot,
                                      const core::ClockReading& now) {
  if (!snapshot.clock.offset || snapshot.majority_lost) return {};
  const Nanos elapsed = now.raw - snapshot.taken.raw;
  const double ratio = to_ratio(snapshot.clock.frequency.value_or(Ppm{}));
  return snapshot.taken.wall + *snapshot.clock.offset + elapsed +
         from_seconds(to_seconds(elapsed) * ratio);
}

}  // namespace slewd::exporter
