// SPDX-License-Identifier: Apache-2.0
// The records that the kernel writes into a ring of perf_event_open(2), copied and parsed.
// Only what we ask for: samples of PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW, and how
// many were lost. Needs no kernel: tests use their own bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/timeline.hpp"

namespace slewd::os {

struct PerfSample {
  int process = 0;  // in our namespace of processes; 0 or less = it is not visible there
  int thread = 0;
  RawTime at;
  std::span<const std::byte> raw;  // the tracepoint's record; lives as long as the PerfRecords
};

class PerfRecords {
 public:
  PerfRecords() = default;
  // Copies the bytes [from, to) of a stream of which `ring` holds the last ones: the byte at
  // position p lies at ring[p % size]. Both positions wrap at 2^64. More than the ring holds cannot
  // be read, and counts as one lost record.
  PerfRecords(std::span<const std::byte> ring, std::uint64_t from, std::uint64_t to);

  // The next sample. Other records and samples without room for their contents are passed over; a
  // record that is cut off by the end, or that claims no length, ends the reading.
  [[nodiscard]] std::optional<PerfSample> next();

  // Drops the last `count` bytes, or all.
  void cut(std::uint64_t count);

  // Records that the kernel could not store, by those of its reports that next() has passed.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace slewd::os
