// SPDX-License-Identifier: Apache-2.0
#include "rules/lang/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/duration.hpp"
#include "base/text.hpp"

namespace slewd::rules {
namespace {

// Four significant digits are enough to compare a value with a threshold.
double rounded(double number) {
  if (!std::isfinite(number)) return number;
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                 std::chars_format::general, 4);
  std::from_chars(buffer.data(), end.ptr, number);
  return number;
}

std::string describe_seconds(double seconds) {
  constexpr double kLongest = 9e9;  // Nanos ends at 292 years
  if (std::abs(seconds) > kLongest) return format_number(rounded(seconds)) + "s";
  // Beyond two minutes the seconds count more than the digits: "1h59m59s", not "2h".
  return format(from_seconds(std::abs(seconds) < 120 ? rounded(seconds) : std::round(seconds)));
}

}  // namespace

std::string_view to_string(Dimension dimension) {
  constexpr std::array<std::string_view, 6> kNames{"true or false",  "a duration", "a ratio",
                                                   "a plain number", "a name",     "a string"};
  return kNames[static_cast<std::size_t>(dimension)];
}

Value Value::of(double number) { return std::isnan(number) ? Value() : Value(Data(number)); }

Value logical_and(const Value& a, const Value& b) {
  if (a.is_false() || b.is_false()) return Value::of(false);
  if (a.is_true() && b.is_true()) return Value::of(true);
  return {};
}

Value logical_or(const Value& a, const Value& b) {
  if (a.is_true() || b.is_true()) return Value::of(true);
  if (a.is_false() && b.is_false()) return Value::of(false);
  return {};
}

Value logical_not(const Value& a) {
  if (a.truth() == nullptr) return {};
  return Value::of(!*a.truth());
}

std::string describe(const Value& value, Dimension dimension) {
  if (value.truth() != nullptr) return *value.truth() ? "true" : "false";
  if (value.word() != nullptr)
    return dimension == Dimension::text ? "\"" + *value.word() + "\"" : *value.word();
  if (value.number() == nullptr) return "unknown";
  const double number = *value.number();
  if (dimension == Dimension::seconds) return describe_seconds(number);
  if (dimension != Dimension::ratio) return format_number(rounded(number));
  if (std::abs(number) < 0.01) return format_number(rounded(number * 1e6)) + "ppm";
  return format_number(rounded(number * 1e2)) + "%";
}

}  // namespace slewd::rules
