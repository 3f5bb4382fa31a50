// What a daemon runs on: the real machine, or the demo's embedded one. Everything that could touch
// the clock is behind these.
#pragma once

#include <functional>
#include <memory>

#include "agent/core/ports.hpp"
#include "agent/core/witnesses.hpp"
#include "base/result.hpp"

namespace slewd::app {

// Keeps a watch alive; destroying it ends the watch.
class WatchHandle {
 public:
  virtual ~WatchHandle() = default;
};

class Machine {
 public:
  virtual ~Machine() = default;
  [[nodiscard]] virtual const core::Clock& clock() const = 0;  // any thread
  [[nodiscard]] virtual core::Clock& core_clock() = 0;
  [[nodiscard]] virtual core::ClockDriver& driver() = 0;
  [[nodiscard]] virtual core::DriftStore& drift() = 0;
  // Readings in which the kernel stamps packets (agent/linux/udp_network.hpp).
  [[nodiscard]] virtual const core::Clock& stamp_clock() const = 0;
  [[nodiscard]] virtual core::Witnesses& witnesses() = 0;
  [[nodiscard]] virtual core::ClockCalls& clock_calls() = 0;
  // Calls `on_set` from any thread, soon after anybody sets the wall clock.
  [[nodiscard]] virtual Result<std::unique_ptr<WatchHandle>> watch_clock(
      std::function<void()> on_set) = 0;
};

}  // namespace slewd::app
