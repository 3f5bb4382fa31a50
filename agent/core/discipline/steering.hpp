// SPDX-License-Identifier: Apache-2.0
// How a clock error is slewed: pure decisions; KernelSteering carries them out.
#pragma once

#include <optional>

#include "agent/core/config.hpp"

namespace slewd::core {

enum class SlewMeans {
  frequency,    // the frequency carries the rate: it must be ended
  single_shot,  // adjtime(): the kernel ends it by itself, even if the daemon is dead
};

// One programmed slew. The daemon ends or renews it after `duration`, at most the lease.
struct Slew {
  Ppm rate;          // on top of the base frequency; positive = the clock gains
  Nanos duration{};  // on the monotonic timeline
  SlewMeans means = SlewMeans::frequency;
  Nanos amount{};  // of a single shot, signed as the rate
};

class Steering {
 public:
  explicit Steering(const SteeringConfig& config) : config_(config) {}

  // The slew for the present offset (positive = the clock is behind), or none when the offset is
  // too small to matter. `spread`: over which time a small correction is laid, 1 s or more.
  // `headroom`: what the driver can do beyond the base frequency. `excess`: by how much the
  // oscillator needs more than the base frequency may be; the slew makes up for it.
  [[nodiscard]] std::optional<Slew> plan(Nanos offset, Nanos spread, Ppm headroom,
                                         Ppm excess = Ppm{0});

  // How long the whole offset will take at the rates that plan() chooses.
  [[nodiscard]] Nanos eta(Nanos offset, Ppm headroom) const;

 private:
  [[nodiscard]] Ppm limit(Ppm headroom) const;
  [[nodiscard]] Slew with_excess(double rate, Nanos size, Ppm excess, Ppm headroom) const;
  [[nodiscard]] Slew single_shot(Nanos size, double sign) const;

  SteeringConfig config_;
  bool large_ = false;  // an error that began large is slewed at the large rate to its end
};

enum class StepDecision {
  slew,
  step,
  wait,  // for a second witness that agrees
};

// Whether the start-up error may be stepped, `uptime` after the boot: only before the first Sync,
// never afterwards. It does not ask whether the error is confirmed, and never answers `wait`.
[[nodiscard]] StepDecision decide_startup_step(Nanos offset, bool ever_synchronized,
                                               const StepConfig& config, BootTime uptime);

}  // namespace slewd::core
