// SPDX-License-Identifier: Apache-2.0
#include "agent/core/ntp/plausible_time.hpp"

#include <algorithm>
#include <utility>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

// A server that counts from zero has seldom been up for longer.
constexpr std::int64_t kCountsFromZero = 30 * 86'400;  // s
// A date of this machine that is no further away speaks for the beginning of an era.
constexpr Nanos kNearby = std::chrono::years(2);

std::int64_t seconds_of(NtpTimestamp stamp) { return static_cast<std::int64_t>(stamp.bits >> 32); }

bool counts_from_zero(NtpTimestamp stamp) { return seconds_of(stamp) < kCountsFromZero; }

std::string date_of(std::chrono::sys_seconds time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  const auto two_digits = [](unsigned value) {
    return (value < 10 ? "-0" : "-") + std::to_string(value);
  };
  return std::to_string(static_cast<int>(date.year())) +
         two_digits(static_cast<unsigned>(date.month())) +
         two_digits(static_cast<unsigned>(date.day()));
}

std::string date_of(WallTime time) {
  return date_of(
      std::chrono::floor<std::chrono::seconds>(std::chrono::sys_time<Nanos>{time.since_epoch}));
}

}  // namespace

PlausibleTime::PlausibleTime(WallTime floor, std::string origin,
                             std::optional<WallTime> newest_file)
    : floor_(floor), origin_(std::move(origin)), newest_(floor) {
  if (newest_file && holds(*newest_file)) newest_ = std::max(floor, *newest_file);
}

std::optional<WallTime> PlausibleTime::time_of(NtpTimestamp stamp, WallTime wall) const {
  // Modulo 2^64: the distance to the first instant with these bits at or after the floor.
  const std::uint64_t after = stamp.bits - to_ntp(floor_).bits;
  constexpr auto kSpan = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(kBelievedYears).count());
  if (after >> 32 >= kSpan) return std::nullopt;
  const WallTime time = from_ntp(stamp, floor_ + kBelievedYears / 2);
  if (!counts_from_zero(stamp)) return time;
  const bool nearby = magnitude(time - newest_) <= kNearby || magnitude(time - wall) <= kNearby;
  return nearby ? std::optional(time) : std::nullopt;
}

std::string PlausibleTime::refusal_of(NtpTimestamp stamp) const {
  // As a count from 1900; a server of any later era reads alike.
  const std::string read = date_of(
      std::chrono::sys_seconds(std::chrono::seconds(seconds_of(stamp) - kUnixEpochInNtpEraZero)));
  const std::string counts =
      counts_from_zero(stamp) ? " (it counts from zero, as a server without time does)" : "";
  return "implausible: the server's time is " + read + counts +
         " or 136 years later; believed is " + date_of(floor_) + " (" + origin_ + ") to " +
         date_of(ceiling());
}

}  // namespace slewd::core
