// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/traced_call.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

#include "agent/os/trace/process_origin.hpp"
#include "agent/os/trace/unaligned.hpp"

namespace slewd::os {
namespace {

// Each record begins with its tracepoint's number.
const Tracepoint* tracepoint_of(const PerfSample& sample, const TracepointList& tracepoints) {
  const auto id = read_at<std::uint16_t>(sample.raw, 0);
  if (!id) return nullptr;
  const auto found = std::ranges::find(tracepoints, *id, &Tracepoint::id);
  return found == tracepoints.end() ? nullptr : &*found;
}

// The kernel keeps each argument of a system call as an unsigned long, whatever its type.
bool is_wall_clock(const PerfSample& sample, const Tracepoint& tracepoint) {
  const auto clock = read_at<unsigned long>(sample.raw, tracepoint.field);
  return clock && static_cast<clockid_t>(*clock) == CLOCK_REALTIME;
}

}  // namespace

std::optional<core::ClockCall> decode_call(const PerfSample& sample,
                                           const TracepointList& tracepoints) {
  const Tracepoint* const tracepoint = tracepoint_of(sample, tracepoints);
  if (tracepoint == nullptr) return std::nullopt;
  core::ClockCall call{sample.at, std::max(sample.process, 0), "", "", false};
  switch (tracepoint->what) {
    case Traced::clock_settime:
      call.sets = true;
      if (is_wall_clock(sample, *tracepoint)) return call;
      return std::nullopt;
    case Traced::settimeofday:
      call.sets = true;
      return call;
    case Traced::clock_adjtime:
      if (is_wall_clock(sample, *tracepoint)) return call;
      return std::nullopt;
    case Traced::adjtimex:
      return call;
    case Traced::process_exit:
      break;
  }
  return std::nullopt;
}

std::optional<ProcessEnd> decode_end(const PerfSample& sample, const TracepointList& tracepoints) {
  constexpr std::size_t kTaskCommBytes = 16;  // the kernel's TASK_COMM_LEN
  const Tracepoint* const tracepoint = tracepoint_of(sample, tracepoints);
  if (tracepoint == nullptr || tracepoint->what != Traced::process_exit) return std::nullopt;
  if (sample.process <= 0 || sample.process != sample.thread) return std::nullopt;
  const auto comm = read_at<std::array<char, kTaskCommBytes>>(sample.raw, tracepoint->field);
  if (!comm) return std::nullopt;
  const std::string_view text(comm->data(), comm->size());
  return ProcessEnd{sample.process, sample.at, printable(text.substr(0, text.find('\0')))};
}

}  // namespace slewd::os
