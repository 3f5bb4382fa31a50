// SPDX-License-Identifier: Apache-2.0
#include "agent/clockbound/cycle_counter.hpp"

#include <chrono>

#include "base/atomic_file.hpp"
#include "base/text.hpp"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace slewd::clockbound {
namespace {

constexpr const char* kClocksource =
    "/sys/devices/system/clocksource/clocksource0/current_clocksource";
constexpr std::size_t kNameBytes = 64;
constexpr Nanos kShortestComparison = std::chrono::seconds(10);
// Beyond it the first reading is too old to be of the same counter for certain, and digits end.
constexpr Nanos kLongestComparison = std::chrono::hours(24);

}  // namespace

bool kernel_uses_cycle_counter() {
  const auto name = read_file(kClocksource, kNameBytes);
  if (!name) return false;
  const std::string_view source = trim(*name);
  return source == "tsc" || source == "arch_sys_counter";
}

std::uint64_t read_cycle_counter() {
#if defined(__x86_64__)
  _mm_lfence();
  const std::uint64_t counter = __rdtsc();
  _mm_lfence();
  return counter;
#elif defined(__aarch64__)
  std::uint64_t counter = 0;
  asm volatile("isb; mrs %0, cntvct_el0; isb" : "=r"(counter));
  return counter;
#else
  return 0;
#endif
}

void CounterRate::add(const CountedReading& reading) {
  const bool follows =
      last_ && reading.counter > last_->counter && reading.clocks.raw > last_->clocks.raw &&
      // A suspend may have set the counter.
      reading.clocks.boot - last_->clocks.boot <= reading.clocks.mono - last_->clocks.mono +
                                                      reading.clocks.width + last_->clocks.width +
                                                      std::chrono::milliseconds(1);
  last_ = reading;
  if (!first_ || !follows) {
    first_ = reading;
    period_.reset();
    return;
  }
  const Nanos elapsed = reading.clocks.raw - first_->clocks.raw;
  if (elapsed < kShortestComparison) return;
  const double seconds = to_seconds(elapsed);
  const double doubt = to_seconds(reading.clocks.width + first_->clocks.width);
  period_ = {seconds / static_cast<double>(reading.counter - first_->counter), doubt / seconds};
  if (elapsed > kLongestComparison) first_ = reading;
}

}  // namespace slewd::clockbound
