// SPDX-License-Identifier: Apache-2.0
// Who set the clock: other processes' calls of clock_settime, settimeofday, clock_adjtime and
// adjtimex, as the kernel's tracepoints show them (docs/design/adr/0005-who-set-the-clock.md).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/core/witnesses.hpp"
#include "agent/os/trace/clock_call_log.hpp"
#include "agent/os/trace/perf_ring.hpp"
#include "agent/os/trace/trace_events.hpp"
#include "agent/os/trace/tracepoint_list.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::os {

// The tracepoints of all processors that are switched on now, and the log of what they showed. Any
// thread. System calls of 32-bit programs on a 64-bit kernel are not traced by it.
class ClockCallTrace final : public core::ClockCalls {
 public:
  // `permission` says what to grant; `limit` beyond limits::kTracedProcessors.
  [[nodiscard]] static Result<std::unique_ptr<ClockCallTrace>> open(TracepointList tracepoints,
                                                                    TraceEvents events = {});

  // Collects, then answers: microseconds, unless a process has called since the last collection and
  // the kernel is busy changing control groups, which holds up a look at `cgroup` for so long.
  [[nodiscard]] std::vector<core::ClockCall> since(RawTime from) override;
  // Takes what the rings hold and looks up the processes. The sooner after a call, the surer its
  // process is still there and its origin known; its command is known in any case.
  void collect();
  // Readable while a call waits to be collected; as long as the trace lives.
  [[nodiscard]] std::vector<int> descriptors() const;
  // Calls that found no room in a ring.
  [[nodiscard]] std::uint64_t lost() const;

 private:
  // The first event owns the ring `calls`; the others write into it.
  struct Processor {
    std::vector<Fd> events;
    std::optional<PerfRing> calls;
    Fd exit_event;
    std::optional<PerfRing> exits;
  };

  explicit ClockCallTrace(TracepointList tracepoints);
  Result<void> open_all(TraceEvents& events);
  [[nodiscard]] Result<Processor> open_processor(int number, TraceEvents& events) const;
  void open_exits(Processor& processor, int number, TraceEvents& events) const;
  [[nodiscard]] std::vector<core::ClockCall> take_calls();
  void identify(core::ClockCall& call) const;
  [[nodiscard]] std::string command_at_end(const core::ClockCall& call) const;

  const TracepointList tracepoints_;
  const int self_;
  std::vector<Processor> processors_;
  mutable std::mutex mutex_;  // guards what follows, and the rings
  ClockCallLog log_;
  std::uint64_t lost_ = 0;
};

// The same with a thread of its own that collects as soon as something was called. Not in
// single-thread mode.
class ClockCallWatch final : public core::ClockCalls {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ClockCallWatch>> start(TracepointList tracepoints,
                                                                     TraceEvents events = {});
  ClockCallWatch(const ClockCallWatch&) = delete;
  ClockCallWatch& operator=(const ClockCallWatch&) = delete;
  ~ClockCallWatch() override;

  [[nodiscard]] std::vector<core::ClockCall> since(RawTime from) override;
  [[nodiscard]] std::uint64_t lost() const { return trace_->lost(); }

 private:
  ClockCallWatch(std::unique_ptr<ClockCallTrace> trace, Fd stop_read, Fd stop_write);
  void run();

  std::unique_ptr<ClockCallTrace> trace_;
  Fd stop_read_;
  Fd stop_write_;  // closing it ends the thread
  std::jthread thread_;
};

}  // namespace slewd::os
