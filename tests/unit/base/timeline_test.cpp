// SPDX-License-Identifier: Apache-2.0
#include "base/timeline.hpp"

#include <concepts>

#include <gtest/gtest.h>

namespace slewd {
namespace {

using namespace std::chrono_literals;

template <class A, class B>
concept Subtractable = requires(A a, B b) {
  a - b;
};
template <class A, class B>
concept Comparable = requires(A a, B b) {
  a < b;
};

TEST(Timeline, DifferentTimelinesNeitherSubtractNorCompare) {
  static_assert(Subtractable<MonoTime, MonoTime>);
  static_assert(Comparable<WallTime, WallTime>);
  static_assert(!Subtractable<MonoTime, WallTime>);
  static_assert(!Subtractable<RawTime, MonoTime>);
  static_assert(!Comparable<BootTime, MonoTime>);
  static_assert(!std::convertible_to<MonoTime, WallTime>);
}

TEST(Timeline, DifferencesAreDurations) {
  EXPECT_EQ(MonoTime{5s} - MonoTime{2s}, 3s);
  EXPECT_EQ(WallTime{5s} + 250ms, WallTime{5250ms});
}

TEST(Timeline, SecondsRoundToTheNearestNanosecondOnBothSidesOfZero) {
  EXPECT_EQ(from_seconds(1.5e-9), Nanos{2});
  EXPECT_EQ(from_seconds(-1.4e-9), Nanos{-1});
  EXPECT_DOUBLE_EQ(to_seconds(250ms), 0.25);
}

}  // namespace
}  // namespace slewd
