// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/since.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/duration.hpp"

namespace slewd::app {
namespace {

constexpr std::size_t kMostDecimals = 9;

// Takes digits and marks from the front of a text; remembers whether one was missing.
class Digits {
 public:
  explicit Digits(std::string_view text) : rest_(text) {}

  // Exactly `count` digits.
  int number(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') sound_ = false;
      if (!sound_) return 0;
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  bool take(char mark) {
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(char mark) { sound_ = take(mark) && sound_; }
  // Up to nine digits after a decimal point, as nanoseconds.
  Nanos fraction() {
    std::int64_t nanos = 0;
    std::size_t count = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' &&
           count < kMostDecimals) {
      nanos = nanos * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
      ++count;
    }
    if (count == 0) sound_ = false;
    for (; count < kMostDecimals; ++count) nanos *= 10;
    return Nanos{nanos};
  }
  [[nodiscard]] bool sound() const { return sound_; }
  [[nodiscard]] bool ended() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool sound_ = true;
};

// As far as 64 bits of nanoseconds reach with room to spare.
constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2199;

}  // namespace

Result<WallTime> parse_utc(std::string_view text) {
  using namespace std::chrono;
  Digits digits(text);
  const int year_number = digits.number(4);
  digits.need('-');
  const auto month_number = static_cast<unsigned>(digits.number(2));
  digits.need('-');
  const auto day_number = static_cast<unsigned>(digits.number(2));
  Nanos in_day{};
  bool possible = true;
  if (digits.take('T') || digits.take(' ')) {
    const hours hour{digits.number(2)};
    digits.need(':');
    const minutes minute{digits.number(2)};
    const seconds second{digits.take(':') ? digits.number(2) : 0};
    in_day = hour + minute + second;
    if (digits.take('.')) in_day += digits.fraction();
    possible = hour < hours(24) && minute < minutes(60) && second < seconds(60);
  }
  (void)digits.take('Z');
  const year_month_day date{year(year_number), month(month_number), day(day_number)};
  possible = possible && date.ok() && year_number >= kFirstYear && year_number <= kLastYear;
  if (!digits.sound() || !digits.ended() || !possible)
    return fail(ErrorCode::invalid, "'" + std::string(text) +
                                        "' is no time in UTC; write for instance "
                                        "2026-02-03T04:05:06Z or 2026-02-03");
  return WallTime{Nanos(sys_days{date}.time_since_epoch()) + in_day};
}

Result<Since> parse_since(std::string_view text) {
  if (const auto age = parse_duration(text)) {
    if (*age < Nanos{0})
      return fail(ErrorCode::invalid, "'" + std::string(text) + "' is in the future");
    return Since(*age);
  }
  const auto time = parse_utc(text);
  if (time) return Since(*time);
  return fail(ErrorCode::invalid, "'" + std::string(text) +
                                      "' is not a duration (2h) or a UTC time "
                                      "(2026-02-03T04:05:06Z)");
}

}  // namespace slewd::app
