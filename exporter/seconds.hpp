// SPDX-License-Identifier: Apache-2.0
// Durations as text and as numbers.
#pragma once

#include <optional>

#include "base/timeline.hpp"

namespace slewd::exporter {

// The double nearest to the decimal value, so that 1500 ns print as 1.5e-06 and a Unix time in
// nanoseconds, which no double holds, keeps every digit that fits.
[[nodiscard]] constexpr double decimal_seconds(Nanos duration) {
  constexpr std::int64_t kPerSecond = 1'000'000'000;
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  const std::int64_t count = duration.count();
  if (count < kExact && count > -kExact) return static_cast<double>(count) / 1e9;
  const std::int64_t whole = count / kPerSecond;
  return static_cast<double>(whole) + static_cast<double>(count % kPerSecond) / 1e9;
}

// Empty when `then` never was.
[[nodiscard]] constexpr std::optional<Nanos> time_since(const std::optional<MonoTime>& then,
                                                        MonoTime now) {
  if (!then) return {};
  return now - *then;
}

}  // namespace slewd::exporter
