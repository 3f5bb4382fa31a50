// SPDX-License-Identifier: Apache-2.0
#include "base/frequency.hpp"

#include <charconv>
#include <cmath>

#include "base/text.hpp"

namespace slewd {
namespace {

constexpr double kLargestPpm = 1e6;  // 100 %: a clock cannot be slowed below standstill

}  // namespace

Result<Ppm> parse_ppm(std::string_view text) {
  const std::string_view body = trim(text);
  double number = 0;
  const auto parsed = std::from_chars(body.data(), body.data() + body.size(), number);
  const std::string_view unit =
      trim(body.substr(static_cast<std::size_t>(parsed.ptr - body.data())));
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorCode::invalid, "'" + std::string(text) + "' is not a frequency: " + why);
  };
  if (parsed.ec != std::errc{} || !std::isfinite(number))
    return refuse("write a number and a unit, for instance \"500ppm\"");
  if (unit == "%")
    number *= 1e4;
  else if (unit != "ppm")
    return refuse("the unit must be ppm or %, for instance \"500ppm\"");
  if (std::abs(number) > kLargestPpm) return refuse("beyond 1000000ppm");
  return Ppm{number};
}

std::string format(Ppm ppm) { return format_fixed(ppm.value, 3) + "ppm"; }

}  // namespace slewd
