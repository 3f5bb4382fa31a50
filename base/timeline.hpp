// SPDX-License-Identifier: Apache-2.0
// The kernel's timelines as types. Instants of different timelines neither compare nor
// subtract: mixing the wall clock with a monotonic clock does not compile.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace slewd {

using Nanos = std::chrono::nanoseconds;

template <class Tag>
struct Instant {
  Nanos since_epoch{};

  friend constexpr auto operator<=>(const Instant&, const Instant&) = default;
  friend constexpr Nanos operator-(Instant a, Instant b) { return a.since_epoch - b.since_epoch; }
  friend constexpr Instant operator+(Instant a, Nanos d) { return Instant{a.since_epoch + d}; }
  friend constexpr Instant operator-(Instant a, Nanos d) { return Instant{a.since_epoch - d}; }
  constexpr Instant& operator+=(Nanos d) {
    since_epoch += d;
    return *this;
  }
};

// CLOCK_MONOTONIC: never set, but runs at the slewed rate (up to 10 % off). Timers and cool-downs.
using MonoTime = Instant<struct MonoTag>;
// CLOCK_MONOTONIC_RAW: never set and never slewed. Filters and measurements.
using RawTime = Instant<struct RawTag>;
// CLOCK_BOOTTIME: CLOCK_MONOTONIC plus time spent suspended.
using BootTime = Instant<struct BootTag>;
// CLOCK_REALTIME: nanoseconds since 1970-01-01T00:00:00 UTC by this machine's clock.
using WallTime = Instant<struct WallTag>;
// CLOCK_TAI: set whenever the wall clock is set, but has no leap seconds.
using TaiTime = Instant<struct TaiTag>;

// Seconds as a double, for filters and for output; exact to 1 ns below 100 days.
[[nodiscard]] constexpr double to_seconds(Nanos d) { return static_cast<double>(d.count()) * 1e-9; }

// Rounds to the nearest nanosecond; saturates at 290 years.
[[nodiscard]] constexpr Nanos from_seconds(double seconds) {
  constexpr double kMost = 9.2e18;
  const double exact = seconds * 1e9;
  const double nanos = exact > kMost ? kMost : exact < -kMost ? -kMost : exact;
  return Nanos{static_cast<std::int64_t>(nanos < 0 ? nanos - 0.5 : nanos + 0.5)};
}

[[nodiscard]] constexpr Nanos magnitude(Nanos d) { return d < Nanos{0} ? -d : d; }

}  // namespace slewd
