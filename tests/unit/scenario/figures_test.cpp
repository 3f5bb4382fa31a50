// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/figures.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

Scenario bare_scenario(Nanos length, Nanos statistics_from) {
  Scenario scenario;
  scenario.length = length;
  scenario.statistics_from = statistics_from;
  return scenario;
}

// One sample a second; `error_at` gives wall less truth in seconds.
template <class Law>
RunFigures gathered(const Scenario& scenario, const Law& error_at, Ppm frequency = {}) {
  FigureGatherer gatherer(scenario);
  for (Nanos now = 1s; now <= scenario.length; now += 1s)
    gatherer.add(now, from_seconds(-error_at(now / 1s)), frequency);
  return gatherer.finish();
}

TEST(Figures, AreThoseOfTheSamplesFromTheStatisticsOn) {
  const RunFigures figures = gathered(
      bare_scenario(200s, 101s),
      [](std::int64_t now) { return now <= 100     ? 5.0
                                    : now % 2 == 0 ? 3e-3
                                                   : -1e-3; }, Ppm{-2});
  EXPECT_NEAR(figures.rms, std::sqrt((9e-6 + 1e-6) / 2), 1e-12);
  EXPECT_NEAR(figures.mean, 1e-3, 1e-12);
  EXPECT_NEAR(figures.max, 3e-3, 1e-12);
  EXPECT_NEAR(figures.rms_frequency, 2e-6, 1e-15);
  EXPECT_NEAR(figures.max_frequency, 2e-6, 1e-15);
}

TEST(Figures, GiveTheNinetyNinthPercentile) {
  const RunFigures figures = gathered(
      bare_scenario(1000s, 0s), [](std::int64_t now) { return static_cast<double>(now) * 1e-6; });
  EXPECT_NEAR(figures.p99, 990e-6, 1.5e-6);
}

TEST(Figures, TimeToAThresholdNeedsItsHoldTime) {
  const auto dips = [](std::int64_t now) { return now >= 100 && now < 200 ? 50e-6 : 10e-3; };
  const RunFigures shortly = gathered(bare_scenario(2h, 0s), dips);
  EXPECT_FALSE(shortly.t_100us);
  EXPECT_FALSE(shortly.t_1ms);
  ASSERT_TRUE(shortly.t_128ms);
  EXPECT_DOUBLE_EQ(*shortly.t_128ms, 1);

  const RunFigures stays =
      gathered(bare_scenario(2h, 0s), [](std::int64_t now) { return now < 3000 ? 0.2 : 50e-6; });
  ASSERT_TRUE(stays.t_128ms && stays.t_1ms && stays.t_100us);
  EXPECT_DOUBLE_EQ(*stays.t_1ms, 3000);

  const RunFigures late =
      gathered(bare_scenario(1h, 0s), [](std::int64_t now) { return now < 3000 ? 0.2 : 50e-6; });
  EXPECT_FALSE(late.t_1ms) << "600 s are no 1800 s";
  ASSERT_TRUE(late.t_100us);
  EXPECT_DOUBLE_EQ(*late.t_100us, 3000);
}

TEST(Figures, OvershootIsTheLargestErrorBeyondTheTruth) {
  const auto swings = [](std::int64_t now) { return now < 100 ? 11.0 : now < 200 ? -0.25 : 0.5; };
  EXPECT_NEAR(gathered(bare_scenario(300s, 0s), swings).overshoot, 0.25, 1e-9);
  const auto mirrored = [&](std::int64_t now) { return -swings(now); };
  EXPECT_NEAR(gathered(bare_scenario(300s, 0s), mirrored).overshoot, 0.25, 1e-9);
}

TEST(Figures, SeparateTheTimeBeforeDuringAndAfterWhatIsWatched) {
  Scenario scenario = bare_scenario(2h, 100s);
  scenario.watched = Window{1000s, 2000s};
  const RunFigures figures = gathered(scenario, [](std::int64_t now) {
    if (now < 100) return 1.0;
    if (now < 1000) return 1e-5;
    if (now <= 2000) return static_cast<double>(now) * 1e-3;
    return now < 2500 ? -0.75 : 1e-5;
  });
  EXPECT_NEAR(figures.before_rms, 1e-5, 1e-12);
  EXPECT_NEAR(figures.event_max, 2.0, 1e-9);
  EXPECT_NEAR(figures.event_end, 2.0, 1e-9);
  EXPECT_NEAR(figures.after_max, 0.75, 1e-9);
  ASSERT_TRUE(figures.recover_1ms);
  EXPECT_DOUBLE_EQ(*figures.recover_1ms, 500);
}

TEST(Figures, SyncIsAfterTheLastSampleBeyondTheLimits) {
  Scenario scenario = bare_scenario(1h, 0s);
  scenario.limits = RunLimits{1ms, Ppm{100}, 1ms, Ppm{100}, 10s};
  EXPECT_DOUBLE_EQ(
      gathered(scenario, [](std::int64_t now) { return now == 77 ? 2e-3 : 1e-4; }).sync, 78);
  EXPECT_DOUBLE_EQ(gathered(scenario, [](std::int64_t) { return 1e-4; }).sync, 0);
  EXPECT_EQ(gathered(
                scenario, [](std::int64_t) { return 1e-4; }, Ppm{-101})
                .sync,
            3601);
}

TEST(Figures, OfNoSamplesAreZero) {
  FigureGatherer gatherer(bare_scenario(1s, 0s));
  EXPECT_EQ(gatherer.finish().rms, 0);
}

TEST(Median, IsTheMiddle) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
}

}  // namespace
}  // namespace slewd::sim
