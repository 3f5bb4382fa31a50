// SPDX-License-Identifier: Apache-2.0
#include "rules/engine/maintenance.hpp"

#include <array>

namespace slewd::rules {
namespace {

constexpr Nanos kDay = std::chrono::hours(24);
constexpr std::array<std::string_view, 7> kDayWords{"sun", "mon", "tue", "wed",
                                                    "thu", "fri", "sat"};

// 1970-01-01 was a Thursday.
std::size_t weekday(std::int64_t day) {
  constexpr std::int64_t kThursday = 4;
  return static_cast<std::size_t>((((day + kThursday) % 7) + 7) % 7);
}

std::string padded(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string time_text(Nanos time) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time).count();
  return padded(minutes / 60) + ":" + padded(minutes % 60);
}

std::string days_text(const std::array<bool, 7>& days) {
  std::string text;
  for (std::size_t i = 0; i < days.size(); ++i)
    if (days[i]) text += (text.empty() ? "" : ",") + std::string(kDayWords[i]);
  return text;
}

}  // namespace

bool contains(const MaintenanceWindow& window, WallTime now) {
  const Nanos local = now.since_epoch + window.zone;
  const Nanos whole = std::chrono::floor<std::chrono::days>(local);
  const std::int64_t day = whole / kDay;
  const Nanos time = local - whole;
  const bool wraps = window.to <= window.from;
  if (!wraps) return window.days[weekday(day)] && time >= window.from && time < window.to;
  if (time >= window.from) return window.days[weekday(day)];
  return time < window.to && window.days[weekday(day - 1)];
}

std::string describe(const MaintenanceWindow& window) {
  const bool west = window.zone < Nanos{0};
  return window.name + " (" + days_text(window.days) + " " + time_text(window.from) + " to " +
         time_text(window.to) + ", " + (west ? "-" : "+") +
         time_text(west ? -window.zone : window.zone) + ")";
}

}  // namespace slewd::rules
