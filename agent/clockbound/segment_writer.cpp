// SPDX-License-Identifier: Apache-2.0
#include "agent/clockbound/segment_writer.hpp"

#include <utility>

#include "agent/clockbound/segment_layout.hpp"

namespace slewd::clockbound {
namespace {

// The counter was read between two readings of all clocks; the later one counts.
CountedReading read_both(const core::Clock& clock) {
  const core::ClockReading before = clock.now();
  CountedReading reading;
  reading.counter = read_cycle_counter();
  reading.clocks = clock.now();
  reading.clocks.width += reading.clocks.raw - before.raw;
  return reading;
}

}  // namespace

Result<SegmentWriter> SegmentWriter::open(const std::string& folder, bool counted) {
  auto wall = SegmentFile::open(folder + "/shm0", kVersion2, sizeof(Version2));
  if (!wall) return fail(std::move(wall.error()));
  std::optional<SegmentFile> counter;
  if (counted) {
    auto opened = SegmentFile::open(folder + "/shm1", kVersion3, sizeof(Version3));
    if (!opened) return fail(std::move(opened.error()));
    counter = std::move(*opened);
  }
  return SegmentWriter(std::move(*wall), std::move(counter));
}

void SegmentWriter::update(const core::Snapshot& snapshot, const core::Clock& clock) {
  wall_.write(version_2(bound_of(snapshot, clock.now())));
  if (!counter_) return;
  const CountedReading reading = read_both(clock);
  rate_.add(reading);
  counter_->write(
      version_3(counter_bound_of(snapshot, reading.clocks, reading.counter, rate_.period())));
}

}  // namespace slewd::clockbound
