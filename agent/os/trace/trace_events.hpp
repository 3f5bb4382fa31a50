// SPDX-License-Identifier: Apache-2.0
// Where the events of the tracepoints come from. At kernel.perf_event_paranoid 3, the default of
// Debian and Ubuntu, only root may open them: a command that runs as root before the service starts
// opens them and leaves them in the service manager's descriptor store (sd_notify(3), FDSTORE=1),
// which hands them to the daemon (docs/design/adr/0005-who-set-the-clock.md).
#pragma once

#include <functional>
#include <map>
#include <string>

#include "agent/os/trace/perf_event.hpp"
#include "agent/os/trace/tracepoint_list.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::os {

class TraceEvents {
 public:
  // This process opens them.
  TraceEvents() = default;
  // Those that the service manager has handed to this process, if it has; they are taken out of the
  // environment. Once, before other threads run. Descriptors of other names are left alone.
  [[nodiscard]] static TraceEvents handed_over();
  // For root that is about to become another user: opened now, for all processors that are switched
  // on. Empty where they cannot be opened.
  [[nodiscard]] static TraceEvents opened_now(const TracepointList& tracepoints);

  [[nodiscard]] bool empty() const { return handed_.empty(); }
  // Each once. `unavailable`: the processor is switched off, or was when the events were opened.
  [[nodiscard]] Result<Fd> take(const Tracepoint& tracepoint, int processor);

 private:
  std::map<std::string, Fd> handed_;
};

// What is needed to see who sets the clock.
struct CallTracing {
  Result<TracepointList> tracepoints;
  TraceEvents events;
};

// Sends one event into the store, under its name, in place of what the store has by this name.
using StoreEvent = std::function<Result<void>(const std::string& name, Fd event)>;

// For root: opens the events of all processors that are switched on and stores each.
Result<void> store_trace_events(const TracepointList& tracepoints, const StoreEvent& store);
// The same into the service manager's store; returns once it has them. Without a service manager
// nothing is done.
Result<void> hand_over_trace_events(const TracepointList& tracepoints);

}  // namespace slewd::os
