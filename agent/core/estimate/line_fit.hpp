// SPDX-License-Identifier: Apache-2.0
// A straight line through a few points, by least squares.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace slewd::core {

struct Point {
  double x = 0;
  double y = 0;
};

struct LineFit {
  double slope = 0;
  double worst = 0;  // the greatest distance of a point from the line, in y
};

// With fewer than two different x the line is level.
[[nodiscard]] inline LineFit fit_line(std::span<const Point> points) {
  LineFit line;
  if (points.empty()) return line;
  const auto count = static_cast<double>(points.size());
  double mean_x = 0, mean_y = 0, xx = 0, xy = 0;
  for (const Point& p : points) {
    mean_x += p.x / count;
    mean_y += p.y / count;
  }
  for (const Point& p : points) {
    xx += (p.x - mean_x) * (p.x - mean_x);
    xy += (p.x - mean_x) * (p.y - mean_y);
  }
  if (xx > 0) line.slope = xy / xx;
  for (const Point& p : points)
    line.worst = std::max(line.worst, std::abs(p.y - mean_y - line.slope * (p.x - mean_x)));
  return line;
}

}  // namespace slewd::core
