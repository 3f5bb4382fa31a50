// Finds discontinuities of the wall clock by comparing timelines that the kernel slews together:
// REALTIME less MONOTONIC changes only when somebody sets the clock; BOOTTIME less MONOTONIC only
// by suspend. Own steps are announced and subtracted exactly.
#pragma once

#include <optional>

#include "agent/core/clock_event.hpp"
#include "agent/core/config.hpp"
#include "agent/core/ports.hpp"

namespace slewd::core {

class JumpClassifier {
 public:
  explicit JumpClassifier(const JumpConfig& config) : config_(config) {}

  void apply(const JumpConfig& config) { config_ = config; }
  // The next change by `amount` is ours.
  void announce_own_step(Nanos amount) { own_step_ = amount; }

  // Compares with the last look. `told`: the kernel has said that the clock was set.
  // Events carry no id; the engine numbers them.
  [[nodiscard]] std::optional<ClockEvent> look(const ClockReading& now, bool told);

 private:
  JumpConfig config_;
  std::optional<ClockReading> last_;
  Nanos own_step_{};
};

}  // namespace slewd::core
