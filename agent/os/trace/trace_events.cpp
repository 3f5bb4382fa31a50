// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/trace_events.hpp"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/limits.hpp"

namespace slewd::os {
namespace {

constexpr std::string_view kPrefix = "slewd-trace.";
constexpr std::chrono::microseconds kManagerAnswersWithin = std::chrono::seconds(5);

// "slewd-trace.clock_settime.3": the kernel's name without its folder, and the processor.
std::string event_name(const Tracepoint& tracepoint, int processor) {
  std::string_view path;
  for (const TracepointName& each : traced_names())
    if (each.what == tracepoint.what) path = each.path;
  return std::string(kPrefix) + std::string(path.substr(path.find('/') + 1)) + "." +
         std::to_string(processor);
}

RingUse ring_use(const Tracepoint& tracepoint) {
  return tracepoint.what == Traced::process_exit ? RingUse::overwrites : RingUse::wakes;
}

Result<void> tell_manager(const std::string& message, const int* fds, unsigned count) {
  const int sent = ::sd_pid_notify_with_fds(0, 0, message.c_str(), fds, count);
  if (sent < 0) return fail(system_error("sd_notify", -sent));
  return {};
}

// The store keeps every descriptor that it is sent, also of a name that it has already. It watches
// descriptors for their end, which an event without a ring seems to have reached: FDPOLL=0.
Result<void> store_in_manager(const std::string& name, Fd event) {
  if (auto removed = tell_manager("FDSTOREREMOVE=1\nFDNAME=" + name, nullptr, 0); !removed)
    return removed;
  const int fd = event.get();
  return tell_manager("FDSTORE=1\nFDPOLL=0\nFDNAME=" + name, &fd, 1);
}

}  // namespace

TraceEvents TraceEvents::handed_over() {
  TraceEvents events;
  char** listed = nullptr;
  const int count = ::sd_listen_fds_with_names(1, &listed);
  if (count <= 0) return events;
  for (int i = 0; i < count; ++i) {
    const std::unique_ptr<char, decltype(&std::free)> name(listed[i], &std::free);
    if (std::string_view(name.get()).starts_with(kPrefix))
      events.handed_.insert_or_assign(name.get(), Fd(SD_LISTEN_FDS_START + i));
  }
  std::free(static_cast<void*>(listed));
  return events;
}

TraceEvents TraceEvents::opened_now(const TracepointList& tracepoints) {
  TraceEvents events;
  auto opened = store_trace_events(tracepoints, [&](const std::string& name, Fd event) {
    events.handed_.insert_or_assign(name, std::move(event));
    return Result<void>();
  });
  if (!opened) return {};
  return events;
}

Result<Fd> TraceEvents::take(const Tracepoint& tracepoint, int processor) {
  if (handed_.empty()) return open_tracepoint(tracepoint.id, processor, ring_use(tracepoint));
  const auto found = handed_.find(event_name(tracepoint, processor));
  if (found == handed_.end() || !found->second.valid())
    return fail(ErrorCode::unavailable, "no trace event was stored for this processor");
  return std::move(found->second);
}

Result<void> store_trace_events(const TracepointList& tracepoints, const StoreEvent& store) {
  const long configured = ::sysconf(_SC_NPROCESSORS_CONF);
  for (int processor = 0; processor < configured; ++processor) {
    for (const Tracepoint& tracepoint : tracepoints) {
      Result<Fd> event = open_tracepoint(tracepoint.id, processor, ring_use(tracepoint));
      if (!event && event.error().code() == ErrorCode::unavailable) break;
      if (!event) return fail(std::move(event.error()));
      if (auto stored = store(event_name(tracepoint, processor), std::move(*event)); !stored)
        return stored;
    }
  }
  return {};
}

Result<void> hand_over_trace_events(const TracepointList& tracepoints) {
  if (std::getenv("NOTIFY_SOCKET") == nullptr) return {};
  auto stored = store_trace_events(tracepoints, store_in_manager);
  if (!stored) return fail(std::move(stored.error()).within("cannot store the trace events"));
  // The manager starts the daemon as soon as this process has ended: it must have read them by
  // then.
  const int answered =
      ::sd_notify_barrier(0, static_cast<std::uint64_t>(kManagerAnswersWithin.count()));
  if (answered < 0)
    return fail(
        system_error("sd_notify_barrier", -answered).within("cannot store the trace events"));
  return {};
}

}  // namespace slewd::os
