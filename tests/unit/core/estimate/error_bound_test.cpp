// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/error_bound.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

TEST(ErrorBound, AddsEveryTermOfTheBudget) {
  const Nanos bound = error_bound(
      {.offset = -3ms, .root_delay = 10ms, .root_dispersion = 1ms, .sd = 0.5e-3, .age = 100s});
  EXPECT_EQ(bound, 3ms + 5ms + 1ms + 2ms + 1500us);
}

TEST(ErrorBound, GrowsWithAgeAndNeverShrinksForAnAgeBelowZero) {
  EXPECT_LT(error_bound({.age = 1s}), error_bound({.age = 2s}));
  EXPECT_EQ(error_bound({.age = -5s}), 0s);
}

TEST(ErrorBound, WhatIsUnexplainedMayGoOnGrowing) {
  const ErrorBudget budget{.age = 100s, .unexplained = 2ms, .unexplained_rate = 100e-6};
  EXPECT_EQ(error_bound(budget), 2ms + 1500us + 10ms);
}

TEST(ErrorBound, ReachesToTheFarEndOfTheMajoritysInterval) {
  EXPECT_EQ(error_bound({.root_delay = 2ms, .interval = 30ms}), 30ms);
  EXPECT_EQ(error_bound({.root_delay = 80ms, .interval = 30ms}), 40ms);
}

}  // namespace
}  // namespace slewd::core
