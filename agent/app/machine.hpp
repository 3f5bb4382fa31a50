// SPDX-License-Identifier: Apache-2.0
// What a daemon runs on: the real machine, or the demo's embedded one. Everything that could touch
// the clock is behind these.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/core/ntp/plausible_time.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/witnesses.hpp"
#include "base/result.hpp"

namespace slewd::app {

// What a watch tells, from any thread; each should only post to a loop.
struct ClockNews {
  std::function<void()> set;   // soon after anybody sets the wall clock
  std::function<void()> sign;  // something else asks for a look at the clocks
  std::function<void()> end;   // the kernel tells no more
};

// Keeps a watch alive; destroying it ends the watch.
class WatchHandle {
 public:
  virtual ~WatchHandle() = default;
  // Whether the clocks are compared each second and all that a look would find is told.
  [[nodiscard]] virtual bool looks() const { return false; }
};

class Machine {
 public:
  virtual ~Machine() = default;
  [[nodiscard]] virtual const core::Clock& clock() const = 0;  // any thread
  [[nodiscard]] virtual core::Clock& core_clock() = 0;
  [[nodiscard]] virtual core::ClockDriver& driver() = 0;
  [[nodiscard]] virtual core::DriftStore& drift() = 0;
  // Readings in which the kernel stamps packets (agent/os/net/udp_network.hpp).
  [[nodiscard]] virtual const core::Clock& stamp_clock() const = 0;
  [[nodiscard]] virtual core::Witnesses& witnesses() = 0;
  [[nodiscard]] virtual core::ClockCalls& clock_calls() = 0;
  // What its files tell of the present, as read at the start.
  [[nodiscard]] virtual core::PlausibleTime plausible_time() const = 0;
  // What it cannot tell, and why, for the log.
  [[nodiscard]] virtual std::vector<std::string> shortcomings() const { return {}; }
  [[nodiscard]] virtual Result<std::unique_ptr<WatchHandle>> watch_clock(ClockNews news) = 0;
};

}  // namespace slewd::app
