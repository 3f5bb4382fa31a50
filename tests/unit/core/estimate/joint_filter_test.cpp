// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/joint_filter.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

constexpr double kNoWander = 1e-12;
constexpr double kYear = 365.25 * 86'400;

JointFilter with_paths(std::initializer_list<double> errors) {
  JointFilter filter(kNoWander, false);
  filter.set_phase(0, 1);
  filter.set_frequency(0, 1e-12);
  for (const double sd : errors) filter.add_path(sd);
  return filter;
}

// What is believed of a path's error by itself.
JointFilter::Forecast error_of(JointFilter filter, std::size_t path) {
  filter.set_phase(0, 0);
  return filter.forecast(path, 0, 0);
}

TEST(JointFilter, ForetellsWhatItThenMeasures) {
  JointFilter filter = with_paths({1e-3, 2e-3});
  (void)filter.update({.path = 0, .phase = 5e-3, .stamp_variance = 1e-10});
  filter.predict(16);
  const auto forecast = filter.forecast(1, 3e-3, 16);
  JointFilter later = filter;
  later.predict(16);
  const auto seen = later.update(
      {.path = 1, .phase = 6e-3, .excess = 3e-3, .queue_variance = 1e-8, .stamp_variance = 1e-10});
  EXPECT_NEAR(seen.innovation, 6e-3 - forecast.phase, 1e-12);
  EXPECT_NEAR(seen.score, std::pow(seen.innovation, 2) / (forecast.variance + 1e-8 + 1e-10), 1e-6);
}

TEST(JointFilter, APathIsNeverLessCertainThanWhatIsAdmitted) {
  JointFilter filter = with_paths({1e-3});
  filter.expect_error(0, 1e-4);
  EXPECT_NEAR(error_of(filter, 0).variance, 1e-8, 1e-14);
  for (int i = 0; i < 20; ++i) {
    filter.predict(kYear);
    filter.expect_error(0, 1e-4);
    EXPECT_LE(error_of(filter, 0).variance, 1.001e-8) << "year " << i;
  }
}

TEST(JointFilter, AServerThatAdmitsLessThanBeforeIsDrawnToZero) {
  JointFilter filter(kNoWander, false);
  filter.set_phase(0, 1e-12);
  filter.set_frequency(0, 1e-20);
  filter.add_path(10e-3);
  (void)filter.update({.path = 0, .phase = 5e-3, .stamp_variance = 25e-6});
  const auto before = error_of(filter, 0);
  EXPECT_NEAR(before.phase, 4e-3, 1e-6);
  filter.expect_error(0, 1e-3);
  const auto after = error_of(filter, 0);
  EXPECT_NEAR(after.variance, 1e-6, 1e-9);
  EXPECT_NEAR(after.phase, before.phase * after.variance / before.variance, 1e-9);
}

TEST(JointFilter, WhatABootedServerWasOffGoesToThePhaseWhenItAdmitsLess) {
  JointFilter filter = with_paths({100e-3});
  for (int i = 0; i < 5; ++i)
    (void)filter.update({.path = 0, .phase = 3e-3, .stamp_variance = 1e-10});
  EXPECT_GT(filter.var_phase(), 1e-3) << "the server's error hides in it";
  filter.expect_error(0, 100e-6);
  EXPECT_NEAR(filter.phase(), 3e-3, 50e-6);
  EXPECT_LT(filter.var_phase(), 1.1e-8);
}

TEST(JointFilter, AServerThatAdmitsMuchMoreThanBeforeMayHaveMoved) {
  JointFilter filter = with_paths({1e-4});
  (void)filter.update({.path = 0, .phase = 0, .stamp_variance = 1e-10});
  filter.expect_error(0, 1.1e-4);
  EXPECT_LT(error_of(filter, 0).variance, 1.3e-8) << "a little more is no news";
  filter.expect_error(0, 5e-3);
  EXPECT_GT(error_of(filter, 0).variance, 24e-6);
}

TEST(JointFilter, ADoubtAboutACommonErrorKeepsWhatWasMeasured) {
  JointFilter filter = with_paths({1e-3, 1e-3});
  for (std::size_t i = 0; i < 10; ++i)
    (void)filter.update({.path = i % 2, .phase = i % 2 == 0 ? 0 : 1e-3, .stamp_variance = 1e-10});
  const JointFilter before = filter;
  filter.doubt_common_error(2e-3);
  EXPECT_NEAR(filter.var_phase(), before.var_phase() + 4e-6, 1e-12);
  for (const std::size_t path : {0U, 1U}) {
    EXPECT_NEAR(filter.forecast(path, 0, 0).variance, before.forecast(path, 0, 0).variance, 1e-13);
    EXPECT_DOUBLE_EQ(filter.forecast(path, 0, 0).phase, before.forecast(path, 0, 0).phase);
    EXPECT_NEAR(error_of(filter, path).variance, error_of(before, path).variance + 4e-6, 1e-12);
  }
}

TEST(JointFilter, AfterSuchADoubtABetterPathMovesThePhaseAndShowsTheErrorOfTheOthers) {
  JointFilter filter = with_paths({100e-6, 100e-6});
  for (std::size_t i = 0; i < 10; ++i)
    (void)filter.update({.path = i % 2, .phase = 3e-3, .stamp_variance = 1e-10});
  filter.doubt_common_error(2e-3);
  JointFilter told = filter;
  told.set_phase(0, 0);
  (void)told.update({.path = 0, .phase = 2e-3, .stamp_variance = 1e-10});
  EXPECT_NEAR(error_of(told, 1).phase, 2e-3, 100e-6) << "what is common, both have";
  filter.add_path(10e-6);
  (void)filter.update({.path = 2, .phase = 0, .stamp_variance = 1e-10});
  EXPECT_NEAR(filter.phase(), 0, 50e-6);
  EXPECT_NEAR(error_of(filter, 0).phase, 3e-3, 100e-6);
  EXPECT_NEAR(error_of(filter, 1).phase, 3e-3, 100e-6);
}

TEST(JointFilter, AnotherRouteIsOffByWhatTheFirstOneWasAndMore) {
  JointFilter filter = with_paths({1e-3, 0.1e-3});
  for (std::size_t i = 0; i < 20; ++i)
    (void)filter.update({.path = i % 2, .phase = i % 2 == 0 ? 1e-3 : 0, .stamp_variance = 1e-10});
  filter.add_route(0, 2e-3, 1.5e-3);
  EXPECT_DOUBLE_EQ(error_of(filter, 2).phase, error_of(filter, 0).phase);
  EXPECT_NEAR(error_of(filter, 2).variance, error_of(filter, 0).variance + 4e-6, 1e-12);
  EXPECT_NEAR(filter.forecast(2, 0, 0).variance, filter.forecast(0, 0, 0).variance + 4e-6, 1e-12);
  const double phase = filter.phase();
  (void)filter.update({.path = 2, .phase = 3e-3, .stamp_variance = 1e-10});
  EXPECT_NEAR(filter.phase(), phase, 20e-6) << "the difference is the route's";
  EXPECT_NEAR(error_of(filter, 2).phase, 3e-3, 100e-6);
}

TEST(JointFilter, ASourceThatHasMovedTakesTheDifferenceAlone) {
  JointFilter filter = with_paths({0.1e-3, 0.1e-3});
  for (std::size_t i = 0; i < 20; ++i)
    (void)filter.update({.path = i % 2, .phase = 0, .stamp_variance = 1e-10});
  filter.widen_error(0, 5e-3);
  (void)filter.update({.path = 0, .phase = 5e-3, .stamp_variance = 1e-10});
  EXPECT_NEAR(filter.phase(), 0, 20e-6);
  EXPECT_NEAR(error_of(filter, 0).phase, 5e-3, 100e-6);
}

TEST(JointFilter, AFrequencyThatHasBeenAnotherForAWhileIsSeenAtOnce) {
  JointFilter filter = with_paths({10e-6});
  (void)filter.update({.path = 0, .phase = 0, .stamp_variance = 1e-12});
  filter.predict(64);
  filter.widen_past_frequency(1e-8, 64);
  (void)filter.update({.path = 0, .phase = 64 * 100e-6, .stamp_variance = 1e-12});
  EXPECT_NEAR(filter.frequency(), 100e-6, 1e-6);
  filter.predict(64);
  EXPECT_NEAR(filter.phase(), 128 * 100e-6, 50e-6);
}

TEST(JointFilter, APathThatIsRemovedLeavesTheOthersWhereTheyAre) {
  JointFilter filter = with_paths({1e-3, 2e-3, 3e-3});
  for (std::size_t i = 0; i < 30; ++i)
    (void)filter.update(
        {.path = i % 3, .phase = static_cast<double>(i % 3) * 1e-3, .stamp_variance = 1e-10});
  const JointFilter before = filter;
  filter.remove_path(1);
  EXPECT_DOUBLE_EQ(filter.phase(), before.phase());
  EXPECT_DOUBLE_EQ(filter.forecast(1, 0, 0).phase, before.forecast(2, 0, 0).phase);
  EXPECT_DOUBLE_EQ(filter.forecast(1, 0, 0).variance, before.forecast(2, 0, 0).variance);
}

}  // namespace
}  // namespace slewd::core
