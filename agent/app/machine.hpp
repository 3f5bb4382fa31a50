// SPDX-License-Identifier: Apache-2.0
// What a daemon runs on: the real machine, or the demo's embedded one. All access to the clock is
// behind this interface.
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

// Notifications of a watch, from any thread; each should only post to a loop.
struct ClockNews {
  std::function<void()> set;   // soon after the wall clock was set
  std::function<void()> sign;  // another sign that the clocks should be compared
  std::function<void()> end;   // the kernel does not notify any more
};

// Keeps a watch alive; destroying it ends the watch.
class WatchHandle {
 public:
  virtual ~WatchHandle() = default;
  // Whether the watch compares the clocks each second and reports every change.
  [[nodiscard]] virtual bool compares_clocks() const { return false; }
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
  // The earliest plausible time by the dates of its files, read at the start.
  [[nodiscard]] virtual core::PlausibleTime plausible_time() const = 0;
  // What it cannot detect, and why, for the log.
  [[nodiscard]] virtual std::vector<std::string> shortcomings() const { return {}; }
  [[nodiscard]] virtual Result<std::unique_ptr<WatchHandle>> watch_clock(ClockNews news) = 0;
};

}  // namespace slewd::app
