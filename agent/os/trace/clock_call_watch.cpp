// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "agent/os/trace/clock_calls.hpp"
#include "base/check.hpp"

namespace slewd::os {
namespace {

// After each collection: a program that calls without end costs fifty collections a second, no
// more.
constexpr int kRestMilliseconds = 20;

}  // namespace

Result<std::unique_ptr<ClockCallWatch>> ClockCallWatch::start(TracepointList tracepoints,
                                                              TraceEvents events) {
  auto trace = ClockCallTrace::open(std::move(tracepoints), std::move(events));
  if (!trace) return fail(std::move(trace.error()));
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return fail(system_error("pipe2", errno).within("cannot watch who sets the clock"));
  return std::unique_ptr<ClockCallWatch>(
      new ClockCallWatch(std::move(*trace), Fd(ends[0]), Fd(ends[1])));
}

ClockCallWatch::ClockCallWatch(std::unique_ptr<ClockCallTrace> trace, Fd stop_read, Fd stop_write)
    : trace_(std::move(trace)),
      stop_read_(std::move(stop_read)),
      stop_write_(std::move(stop_write)),
      thread_([this] { run(); }) {}

ClockCallWatch::~ClockCallWatch() {
  stop_write_.reset();
  thread_.join();
}

std::vector<core::ClockCall> ClockCallWatch::since(RawTime from) { return trace_->since(from); }

void ClockCallWatch::run() {
  std::vector<pollfd> polled{{stop_read_.get(), POLLIN, 0}};
  for (const int fd : trace_->descriptors()) polled.push_back({fd, POLLIN, 0});
  for (;;) {
    const int ready = ::poll(polled.data(), polled.size(), -1);
    if (ready < 0 && errno == EINTR) continue;
    SLEWD_CHECK(ready >= 0);
    if (polled.front().revents != 0) return;
    trace_->collect();
    // A processor that was switched off takes its events with it; its descriptor stays "ready".
    std::erase_if(polled, [](const pollfd& each) { return (each.revents & ~POLLIN) != 0; });
    pollfd stop = polled.front();
    if (::poll(&stop, 1, kRestMilliseconds) > 0) return;
  }
}

}  // namespace slewd::os
