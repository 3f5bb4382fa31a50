// SPDX-License-Identifier: Apache-2.0
#include "agent/core/leap/leap_list.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

#include "agent/core/ntp/ntp_time.hpp"
#include "base/limits.hpp"

namespace slewd::core {
namespace {

constexpr std::string_view kBlank = " \t\r";
constexpr std::int64_t kFarthest = 8'000'000'000;  // the year 2153: what Nanos can hold, and more
constexpr int kMostTaiOffset = 10'000;             // s

template <class T>
std::optional<T> take_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  T value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return value;
}

bool is_over(std::string_view text) {
  const std::size_t next = text.find_first_not_of(kBlank);
  return next == std::string_view::npos || text[next] == '#';
}

std::optional<WallTime> take_time(std::string_view& text) {
  const auto seconds = take_number<std::int64_t>(text);
  if (!seconds || *seconds < 0 || *seconds > kFarthest) return std::nullopt;
  return WallTime{std::chrono::seconds{*seconds - kUnixEpochInNtpEraZero}};
}

// What is wrong with the line; empty = nothing.
std::string read_line(std::string_view line, LeapList& list, bool& has_expiry) {
  if (line.starts_with("#@")) {
    line.remove_prefix(2);
    const auto expires = take_time(line);
    if (!expires || !is_over(line)) return "the expiry is not a number of seconds since 1900";
    list.expires = *expires;
    has_expiry = true;
    return {};
  }
  if (is_over(line)) return {};
  const auto from = take_time(line);
  const auto offset = take_number<int>(line);
  if (!from || !offset || std::abs(*offset) > kMostTaiOffset || !is_over(line))
    return "a line has the seconds since 1900 and TAI less UTC";
  if (!list.entries.empty() && *from <= list.entries.back().from)
    return "is not later than the line before";
  if (list.entries.size() == limits::kLeapSeconds)
    return "more than " + std::to_string(limits::kLeapSeconds) + " leap seconds";
  list.entries.push_back({*from, *offset});
  return {};
}

}  // namespace

std::optional<int> LeapList::tai_offset(WallTime when) const {
  if (when >= expires) return std::nullopt;
  const auto after = std::ranges::upper_bound(entries, when, {}, &Entry::from);
  if (after == entries.begin()) return std::nullopt;
  return std::prev(after)->tai_offset;
}

Result<LeapList> parse_leap_list(std::string_view text, std::string_view name) {
  LeapList list;
  bool has_expiry = false;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const std::string wrong = read_line(text.substr(0, end), list, has_expiry); !wrong.empty())
      return fail(ErrorCode::invalid,
                  std::string(name) + ":" + std::to_string(number) + ": " + wrong);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!has_expiry || list.entries.empty())
    return fail(ErrorCode::invalid, std::string(name) + ": " +
                                        (has_expiry ? "no leap second" : "no expiry (#@)") +
                                        "; is this a leap-seconds.list?");
  return list;
}

}  // namespace slewd::core
