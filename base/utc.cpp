// SPDX-License-Identifier: Apache-2.0
#include "base/utc.hpp"

#include <chrono>
#include <cstdint>
#include <ratio>

namespace slewd {
namespace {

std::string padded(std::int64_t value, std::size_t width) {
  std::string digits = std::to_string(value);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

}  // namespace

std::string utc_text(WallTime wall, std::size_t decimals) {
  // By seconds: the beginning of the first day, and of the first second, are no Nanos.
  const auto second = std::chrono::floor<std::chrono::seconds>(wall.since_epoch);
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date{std::chrono::sys_days{day}};
  const std::chrono::hh_mm_ss time{second - day};
  const std::int64_t rest = wall.since_epoch.count() % std::nano::den;
  const std::int64_t subseconds = rest < 0 ? rest + std::nano::den : rest;
  const std::string fraction = padded(subseconds, 9).substr(0, decimals);
  return padded(int{date.year()}, 4) + '-' + padded(unsigned{date.month()}, 2) + '-' +
         padded(unsigned{date.day()}, 2) + 'T' + padded(time.hours().count(), 2) + ':' +
         padded(time.minutes().count(), 2) + ':' + padded(time.seconds().count(), 2) +
         (fraction.empty() ? "" : ".") + fraction + 'Z';
}

}  // namespace slewd
