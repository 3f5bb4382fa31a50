// SPDX-License-Identifier: Apache-2.0
// Frequency offsets as a type: parts per million, positive = the clock is made to run faster.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd {

struct Ppm {
  double value{};

  friend constexpr auto operator<=>(const Ppm&, const Ppm&) = default;
  friend constexpr Ppm operator+(Ppm a, Ppm b) { return {a.value + b.value}; }
  friend constexpr Ppm operator-(Ppm a, Ppm b) { return {a.value - b.value}; }
  friend constexpr Ppm operator-(Ppm a) { return {-a.value}; }
  friend constexpr Ppm operator*(Ppm a, double factor) { return {a.value * factor}; }
};

[[nodiscard]] constexpr double to_ratio(Ppm ppm) { return ppm.value * 1e-6; }
[[nodiscard]] constexpr Ppm from_ratio(double ratio) { return Ppm{ratio * 1e6}; }
[[nodiscard]] constexpr Ppm magnitude(Ppm a) { return a.value < 0 ? Ppm{-a.value} : a; }

// "500ppm", "0.5%" or "-12.5 ppm". The unit is required: a bare number is refused.
[[nodiscard]] Result<Ppm> parse_ppm(std::string_view text);
// Three decimals and the unit: "-90.700ppm".
[[nodiscard]] std::string format(Ppm ppm);

}  // namespace slewd
