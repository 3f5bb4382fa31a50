// SPDX-License-Identifier: Apache-2.0
// Whatever bytes stand in the ring and wherever they are read from: the reading ends, and each
// sample lies within what was read.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "agent/os/trace/traced_call.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slewd::os;
  static const TracepointList kTracepoints =
      parse_tracepoints(
          "syscalls/sys_enter_clock_settime 482 16\nsyscalls/sys_enter_settimeofday 449 0\n"
          "syscalls/sys_enter_clock_adjtime 478 16\nsyscalls/sys_enter_adjtimex 447 0\n"
          "sched/sched_process_exit 369 8\n")
          .value();
  std::uint64_t from = 0;
  std::uint16_t length = 0;
  if (size < sizeof from + sizeof length) return 0;
  std::memcpy(&from, data, sizeof from);
  std::memcpy(&length, data + sizeof from, sizeof length);
  const auto ring = std::as_bytes(std::span(data, size)).subspan(sizeof from + sizeof length);
  PerfRecords records(ring, from, from + length);
  std::size_t passed = 0;
  while (const auto sample = records.next()) {
    passed += sample->raw.size();
    const auto call = decode_call(*sample, kTracepoints);
    SLEWD_CHECK(!call || call->process >= 0);
    const auto end = decode_end(*sample, kTracepoints);
    SLEWD_CHECK(!end || (end->process > 0 && end->command.size() <= 16));
  }
  SLEWD_CHECK(passed <= ring.size());
  SLEWD_CHECK(length <= ring.size() || records.lost() == 1);
  return 0;
}
