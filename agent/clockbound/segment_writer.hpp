// SPDX-License-Identifier: Apache-2.0
// Keeps both segments true: version 2 over the wall clock, and version 3 over the processor's
// counter where the kernel uses that.
#pragma once

#include <optional>
#include <string>

#include "agent/clockbound/cycle_counter.hpp"
#include "agent/clockbound/segment_file.hpp"
#include "agent/core/snapshot.hpp"

namespace slewd::clockbound {

// How often update() is to be called at least: readers take a bound that is older for one of a
// daemon that has ended.
inline constexpr Nanos kUpdateEvery = std::chrono::seconds(1);

// Owned by one thread.
class SegmentWriter {
 public:
  // Files shm0 and shm1 in `folder`. `counted`: whether there is a counter for shm1.
  static Result<SegmentWriter> open(const std::string& folder, bool counted);

  void update(const core::Snapshot& snapshot, const core::Clock& clock);

 private:
  SegmentWriter(SegmentFile wall, std::optional<SegmentFile> counter)
      : wall_(std::move(wall)), counter_(std::move(counter)) {}

  SegmentFile wall_;
  std::optional<SegmentFile> counter_;
  CounterRate rate_;
};

}  // namespace slewd::clockbound
