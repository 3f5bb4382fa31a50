// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/invariants.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

TEST(Invariants, EachBreachCountsAndAnEpisodeIsToldOnce) {
  Invariants invariants;
  MonoTime now{1h};
  EXPECT_TRUE(invariants.broken(Invariant::lone_move, now));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(invariants.broken(Invariant::lone_move, now += 59min));
  EXPECT_TRUE(invariants.broken(Invariant::lone_move, now += 1h));
  EXPECT_EQ(invariants.counts(), (InvariantCounts{0, 0, 5}));
}

TEST(Invariants, AreApart) {
  Invariants invariants;
  EXPECT_TRUE(invariants.broken(Invariant::lone_move, MonoTime{1h}));
  EXPECT_TRUE(invariants.broken(Invariant::frequency_limit, MonoTime{1h}));
  EXPECT_TRUE(invariants.broken(Invariant::outside_majority, MonoTime{1h}));
  EXPECT_EQ(invariants.counts(), (InvariantCounts{1, 1, 1}));
}

}  // namespace
}  // namespace slewd::core
