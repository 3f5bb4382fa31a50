// SPDX-License-Identifier: Apache-2.0
#include "sim/random.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

constexpr int kDraws = 200'000;

TEST(Random, RepeatsAStreamAndSeparatesNamesAndSeeds) {
  Random first(1, "a");
  Random again(1, "a");
  Random other_name(1, "b");
  Random other_seed(2, "a");
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t value = first.next();
    EXPECT_EQ(again.next(), value);
    EXPECT_NE(other_name.next(), value);
    EXPECT_NE(other_seed.next(), value);
  }
}

// The numbers themselves are the promise: a compiler that yields others breaks every replay.
TEST(Random, GivesTheSameBitsFromEveryCompiler) {
  Random random(42, "golden");
  std::uint64_t hash = 0;
  for (int i = 0; i < 10'000; ++i) {
    hash = hash * 31 + random.next();
    // Through a signed integer: a negative double has no defined unsigned value.
    for (const double value : {random.normal(), random.exponential()})
      hash = hash * 31 + static_cast<std::uint64_t>(static_cast<std::int64_t>(value * 0x1p40));
  }
  EXPECT_EQ(hash, 14'805'091'796'667'505'698U);
}

TEST(Random, UniformFillsTheUnitIntervalEvenly) {
  Random random(3, "uniform");
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.uniform();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    sum += value;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.005);
}

TEST(Random, NormalHasItsMomentsAndTails) {
  Random random(4, "normal");
  double sum = 0;
  double squares = 0;
  double fourths = 0;
  int beyond_two = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
    fourths += value * value * value * value;
    if (std::abs(value) > 2) ++beyond_two;
  }
  EXPECT_NEAR(sum / kDraws, 0.0, 0.01);
  EXPECT_NEAR(squares / kDraws, 1.0, 0.02);
  EXPECT_NEAR(fourths / kDraws, 3.0, 0.12);
  EXPECT_NEAR(beyond_two / static_cast<double>(kDraws), 0.0455, 0.003);
}

TEST(Random, ExponentialHasMeanOneAndItsMedian) {
  Random random(5, "exponential");
  double sum = 0;
  int below_median = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.exponential();
    ASSERT_GE(value, 0.0);
    sum += value;
    if (value < std::log(2.0)) ++below_median;
  }
  EXPECT_NEAR(sum / kDraws, 1.0, 0.01);
  EXPECT_NEAR(below_median / static_cast<double>(kDraws), 0.5, 0.005);
}

TEST(Random, ChanceIsNeverAtZeroAndAlwaysAtOne) {
  Random random(6, "chance");
  int often = 0;
  for (int i = 0; i < kDraws; ++i) {
    ASSERT_FALSE(random.chance(0));
    ASSERT_TRUE(random.chance(1));
    if (random.chance(0.2)) ++often;
  }
  EXPECT_NEAR(often / static_cast<double>(kDraws), 0.2, 0.005);
}

TEST(Random, ChanceDrawsOneNumberWhateverTheProbability) {
  Random never(7, "draws");
  Random always(7, "draws");
  static_cast<void>(never.chance(0));
  static_cast<void>(always.chance(1));
  EXPECT_EQ(never.next(), always.next());
}

}  // namespace
}  // namespace slewd::sim
