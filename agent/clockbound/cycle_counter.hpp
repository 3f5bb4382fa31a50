// SPDX-License-Identifier: Apache-2.0
// The processor's counter of constant rate, where the kernel's own clock is made of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "agent/clockbound/time_bound.hpp"
#include "agent/core/ports.hpp"

namespace slewd::clockbound {

// Whether the kernel keeps time by the counter that programs can read as well: the current
// clocksource is "tsc" or "arch_sys_counter".
[[nodiscard]] bool kernel_uses_cycle_counter();
// 0 on processors without one.
[[nodiscard]] std::uint64_t read_cycle_counter();

// A reading of the clocks and of the counter between two readings of CLOCK_MONOTONIC_RAW.
struct CountedReading {
  core::ClockReading clocks;
  std::uint64_t counter = 0;
};

// How long one count is, found by comparing with CLOCK_MONOTONIC_RAW over a growing time.
class CounterRate {
 public:
  // In order. A counter that goes back, after a suspend, begins anew.
  void add(const CountedReading& reading);
  // Empty for the first ten seconds.
  [[nodiscard]] std::optional<CounterPeriod> period() const { return period_; }

 private:
  std::optional<CountedReading> first_;
  std::optional<CountedReading> last_;
  std::optional<CounterPeriod> period_;
};

}  // namespace slewd::clockbound
