// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/steal_time.hpp"

#include <charconv>

#include "base/check.hpp"

namespace slewd::os {

std::optional<std::uint64_t> parse_steal(std::string_view stat) {
  constexpr std::string_view kHead = "cpu ";  // "cpu0" and its like follow in lines of their own
  constexpr int kPlace = 8;
  if (!stat.starts_with(kHead)) return std::nullopt;
  const char* next = stat.data() + kHead.size();
  const char* const end = stat.data() + stat.size();
  std::uint64_t number = 0;
  for (int place = 1; place <= kPlace; ++place) {
    while (next != end && *next == ' ') ++next;
    const auto parsed = std::from_chars(next, end, number);
    if (parsed.ec != std::errc{}) return std::nullopt;
    next = parsed.ptr;
  }
  // A number at the very end of what was read may have been cut off.
  if (next == end || (*next != ' ' && *next != '\n')) return std::nullopt;
  return number;
}

Nanos StealMeter::add(std::uint64_t ticks, long processors) {
  SLEWD_CHECK(processors > 0);
  if (ticks > last_) mean_ += static_cast<double>(ticks - last_) / static_cast<double>(processors);
  last_ = ticks;
  return from_seconds(mean_ / static_cast<double>(ticks_per_second_));
}

}  // namespace slewd::os
