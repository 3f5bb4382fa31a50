// SPDX-License-Identifier: Apache-2.0
#include "base/human_time.hpp"

#include <array>
#include <cmath>

#include "base/duration.hpp"
#include "base/text.hpp"

namespace slewd {
namespace {

struct RoughUnit {
  std::int64_t seconds;
  const char* name;
};
constexpr std::array<RoughUnit, 4> kRoughUnits{
    {{86'400, " d"}, {3600, " h"}, {60, " min"}, {1, " s"}}};
constexpr std::int64_t kManyDays = 8'640'000;  // 100 days: from here on hours do not matter

}  // namespace

std::string human_time(Nanos duration) {
  constexpr double kMinute = 60;
  const double exact = to_seconds(duration);
  if (exact < 0) return "-" + human_time(-duration);
  const bool whole = duration % std::chrono::seconds{1} == Nanos{0} && duration != Nanos{0};
  if (exact < kMinute - 0.5 && !whole) return format_rounded(duration);
  // Rounded to the smaller of the two units shown, so that no "60 s" appears.
  const std::int64_t step = exact >= kManyDays ? 86'400
                            : exact >= 86'400  ? 3600
                            : exact >= 3600    ? 60
                                               : 1;
  std::int64_t left = std::llround(exact / static_cast<double>(step)) * step;
  std::string text;
  for (const RoughUnit& unit : kRoughUnits) {
    const std::int64_t count = left / unit.seconds;
    left %= unit.seconds;
    if (count > 0) text += (text.empty() ? "" : " ") + std::to_string(count) + unit.name;
  }
  return text;
}

std::string human_rate(Ppm rate) {
  std::string text = format_fixed(rate.value, 3);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + " ppm";
}

}  // namespace slewd
