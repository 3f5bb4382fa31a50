#include "agent/core/error_bound.hpp"

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

}  // namespace
}  // namespace slewd::core
