// SPDX-License-Identifier: Apache-2.0
#include "base/ring.hpp"

#include <gtest/gtest.h>

namespace slewd {
namespace {

std::vector<int> contents(const Ring<int, 3>& ring) { return {ring.begin(), ring.end()}; }

TEST(Ring, KeepsTheNewest) {
  Ring<int, 3> ring;
  EXPECT_TRUE(ring.empty());
  for (int i = 1; i <= 5; ++i) ring.push_back(i);
  EXPECT_EQ(contents(ring), (std::vector<int>{3, 4, 5}));
  EXPECT_EQ(ring.back(), 5);
}

TEST(Ring, ACopyStaysAsItWas) {
  Ring<int, 3> ring{1, 2};
  const Ring<int, 3> before = ring;
  ring.push_back(3);
  EXPECT_EQ(contents(before), (std::vector<int>{1, 2}));
  EXPECT_EQ(contents(ring), (std::vector<int>{1, 2, 3}));
}

TEST(Ring, TakesTheNewestOfALongerList) {
  EXPECT_EQ(contents(Ring<int, 3>(std::vector<int>{1, 2, 3, 4})), (std::vector<int>{2, 3, 4}));
}

}  // namespace
}  // namespace slewd
