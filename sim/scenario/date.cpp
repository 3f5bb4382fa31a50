// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/date.hpp"

#include <chrono>

#include "base/utc.hpp"

namespace slewd::sim {

std::string date_text(TrueTime time) { return utc_text(WallTime{time.since_epoch}, 0); }

std::optional<TrueTime> parse_date(std::string_view text) {
  constexpr std::string_view kPattern = "0000-00-00T00:00:00Z";
  if (text.size() != kPattern.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kPattern[i] == '0' ? !digit : text[i] != kPattern[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t from, std::size_t length) {
    int value = 0;
    for (const char digit : text.substr(from, length)) value = value * 10 + (digit - '0');
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                         std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                         std::chrono::day{static_cast<unsigned>(number(8, 2))}};
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  const int year = static_cast<int>(date.year());
  const bool in_range = year >= 1970 && year < 2200 && hour < 24 && minute < 60 && second < 60;
  if (!date.ok() || !in_range) return std::nullopt;
  return TrueTime{std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{hour} +
                  std::chrono::minutes{minute} + std::chrono::seconds{second}};
}

}  // namespace slewd::sim
