// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/steal_time.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

TEST(StealTime, TheEighthNumberOfTheFirstLineIsIt) {
  EXPECT_EQ(parse_steal("cpu  45 11 42 13 5 0 2 29 0 0\ncpu0 1 2 3 4 5 6 7 8 9\n"), 29U);
  EXPECT_EQ(parse_steal("cpu  1 2 3 4 5 6 7 8\n"), 8U);
}

TEST(StealTime, OtherTextHoldsNone) {
  for (const char* wrong : {"", "cpu", "cpu ", "cpu0 1 2 3 4 5 6 7 8 9\n", "cpu  1 2 3 4 5 6 7\n",
                            "intr 1 2\n", "cpu  1 2 3 4 5 6 7 -8\n", "cpu  1 2 x 4 5 6 7 8\n",
                            "cpu  1 2 3 4 5 6 7 8", "cpu  99999999999999999999 2 3 4 5 6 7 8\n"})
    EXPECT_FALSE(parse_steal(wrong)) << wrong;
}

TEST(StealTime, TheMeanIsOfTheProcessorsAtWork) {
  StealMeter meter(100);
  EXPECT_EQ(meter.add(400, 4), 1s);
  EXPECT_EQ(meter.add(600, 4), 1500ms);
  EXPECT_EQ(meter.add(600, 1), 1500ms) << "three processors have gone";
  EXPECT_EQ(meter.add(700, 1), 2500ms);
}

TEST(StealTime, ASumThatShrinksAddsNothing) {
  StealMeter meter(100);
  EXPECT_EQ(meter.add(400, 1), 4s);
  EXPECT_EQ(meter.add(10, 1), 4s);
  EXPECT_EQ(meter.add(110, 1), 5s);
}

}  // namespace
}  // namespace slewd::os
