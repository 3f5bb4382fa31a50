// SPDX-License-Identifier: Apache-2.0
#include "exporter/corrected_time.hpp"

#include <chrono>
#include <cstdio>

namespace slewd::exporter {

std::optional<WallTime> corrected_utc(const core::Snapshot& snapshot,
                                      const core::ClockReading& now) {
  if (!snapshot.clock.offset || snapshot.majority_lost) return {};
  const Nanos elapsed = now.raw - snapshot.taken.raw;
  const double ratio = to_ratio(snapshot.clock.frequency.value_or(Ppm{}));
  return snapshot.taken.wall + *snapshot.clock.offset + elapsed +
         from_seconds(to_seconds(elapsed) * ratio);
}

std::string format_utc(WallTime time) {
  using std::chrono::days;
  using std::chrono::microseconds;
  const auto day = std::chrono::floor<days>(time.since_epoch);
  const std::chrono::year_month_day date{std::chrono::sys_days{day}};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<microseconds>(time.since_epoch - day)};
  // Wall times lie within 292 years of 1970, so every field has its fixed width.
  char text[40];  // NOLINT(modernize-avoid-c-arrays)
  const int length = std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace slewd::exporter
