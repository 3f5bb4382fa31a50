// SPDX-License-Identifier: Apache-2.0
// The kernel's CLOCK_REALTIME as the core's ClockDriver, over clock_adjtime(2).
#pragma once

#include <functional>

#include "agent/core/ports.hpp"

struct timex;

namespace slewd::os {

// Owned by the core thread. EPERM becomes `permission` with what to grant.
class KernelClock : public core::ClockDriver {
 public:
  // Sends a request to the kernel, fills in its answer; -1 and errno on failure.
  using Adjust = std::function<int(timex& request)>;

  KernelClock();
  // For tests: another kernel and its USER_HZ.
  KernelClock(Adjust adjust, long ticks_per_second);

  // Tick and frequency in one call. Ends the kernel's own phase-locked loop when the answer says
  // that it is on, and sets them again.
  Result<void> set_frequency(Ppm total) override;
  Result<void> start_singleshot(Nanos amount) override;
  // The kernel marks itself UNSYNC and cancels a single shot; publish_status() again afterwards.
  Result<void> step(Nanos amount) override;
  // One call where the flags are right already, as the answer tells; else two.
  Result<void> publish_status(const core::KernelStatus& status) override;
  [[nodiscard]] Result<core::KernelReadback> read_back() const override;
  [[nodiscard]] Ppm max_frequency() const override;

 private:
  // `doing` names the attempt in errors: "set the clock's frequency".
  Result<timex> call(const timex& request, const char* doing) const;
  Result<void> send(const timex& request, const char* doing) const;
  Result<void> end_kernel_loop(int status_bits) const;

  Adjust adjust_;
  long ticks_per_second_;
};

}  // namespace slewd::os
