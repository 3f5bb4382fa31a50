// SPDX-License-Identifier: Apache-2.0
// The core's clock ports over a KernelClock. What RAW shows now comes from a callable, so that the
// same ports serve a virtual world and the demo's real time. Not thread-safe.
#pragma once

#include <functional>
#include <utility>

#include "agent/core/ports.hpp"
#include "sim/kernel_clock.hpp"

namespace slewd::sim {

using RawNow = std::function<RawTime()>;

class SimClock final : public core::Clock {
 public:
  SimClock(KernelClock& kernel, RawNow raw_now) : kernel_(kernel), raw_now_(std::move(raw_now)) {}

  // Advances the kernel clock to the present; all timelines at one instant, width 0.
  [[nodiscard]] core::ClockReading now() const override;

 private:
  KernelClock& kernel_;
  RawNow raw_now_;
};

// Tick and frequency that together make `total`: the tick for whole hundreds of ppm once the
// frequency alone cannot do it, the frequency for the rest.
struct RateSplit {
  int tick = kTickNominal;
  Ppm frequency;
};
[[nodiscard]] RateSplit split_rate(Ppm total);

class SimClockDriver final : public core::ClockDriver {
 public:
  SimClockDriver(KernelClock& kernel, RawNow raw_now)
      : kernel_(kernel), raw_now_(std::move(raw_now)) {}

  // While true every call but read_back() fails with `permission`, as without CAP_SYS_TIME.
  void deny(bool denied) { denied_ = denied; }

  Result<void> set_frequency(Ppm total) override;
  Result<void> start_singleshot(Nanos amount) override;
  Result<void> step(Nanos amount) override;
  Result<void> publish_status(const core::KernelStatus& status) override;
  [[nodiscard]] Result<core::KernelReadback> read_back() const override;
  [[nodiscard]] Ppm max_frequency() const override { return kPpmOfTick * kernel_.tick_span(); }

 private:
  Result<void> enter(const char* call);

  KernelClock& kernel_;
  RawNow raw_now_;
  bool denied_ = false;
};

}  // namespace slewd::sim
