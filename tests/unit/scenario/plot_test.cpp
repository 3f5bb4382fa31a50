// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

std::vector<SeriesPoint> series() {
  std::vector<SeriesPoint> points;
  for (int i = 0; i <= 100; ++i)
    points.push_back({i * 1s, i * 1us, 50us, i < 20 ? core::Phase::hold : core::Phase::sync, 0s});
  return points;
}

TEST(Plot, ShowsErrorBoundAndTheTimeOutsideSync) {
  const std::string svg = plot_svg("lan & <more>", series());
  EXPECT_THAT(svg, HasSubstr("lan &amp; &lt;more>"));
  EXPECT_THAT(svg, HasSubstr("<polyline"));
  EXPECT_THAT(svg, HasSubstr("<polygon"));
  EXPECT_THAT(svg, HasSubstr("<title>Hold</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("<title>Sync</title>")));
  EXPECT_THAT(svg, HasSubstr("110.0 us")) << "a tenth more than the largest error";
  EXPECT_THAT(svg, HasSubstr("100.0 s"));
}

TEST(Plot, ABoundThatDwarfsTheErrorDoesNotSetTheScale) {
  auto points = series();
  for (SeriesPoint& point : points) point.bound = 1h;
  EXPECT_THAT(plot_svg("x", points), HasSubstr("220.0 us"));
}

TEST(Plot, OfNothingIsEmptyAxes) {
  const std::string svg = plot_svg("nothing", {});
  EXPECT_THAT(svg, HasSubstr("</svg>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("<polyline")));
}

}  // namespace
}  // namespace slewd::sim
