// SPDX-License-Identifier: Apache-2.0
// The memory that one event of perf_event_open(2) shares with the kernel.
#pragma once

#include <cstddef>
#include <span>

#include "agent/os/trace/perf_event.hpp"
#include "agent/os/trace/perf_records.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::os {

class PerfRing {
 public:
  // `use` as the event was opened with; `bytes` is a power of two. At least a page is mapped.
  [[nodiscard]] static Result<PerfRing> map(const Fd& event, std::size_t bytes, RingUse use);
  PerfRing(PerfRing&& other) noexcept;
  PerfRing& operator=(PerfRing&&) = delete;
  PerfRing(const PerfRing&) = delete;
  PerfRing& operator=(const PerfRing&) = delete;
  ~PerfRing();

  // What has come since the last take, oldest first, and makes room. Of a ring that wakes.
  [[nodiscard]] PerfRecords take();
  // All that is left, newest first. Of a ring that overwrites.
  [[nodiscard]] PerfRecords look() const;

 private:
  PerfRing(void* memory, std::size_t page, std::size_t bytes)
      : memory_(memory), page_(page), bytes_(bytes) {}
  [[nodiscard]] std::span<const std::byte> data() const;

  void* memory_;  // a page of positions, then the ring
  std::size_t page_;
  std::size_t bytes_;
};

}  // namespace slewd::os
