// SPDX-License-Identifier: Apache-2.0
#include "base/frequency.hpp"

#include <gtest/gtest.h>

namespace slewd {
namespace {

TEST(Frequency, ReadsPpmAndPercent) {
  EXPECT_EQ(parse_ppm("500ppm"), Ppm{500});
  EXPECT_EQ(parse_ppm("-12.5 ppm"), Ppm{-12.5});
  EXPECT_EQ(parse_ppm("0.5%"), Ppm{5000});
}

TEST(Frequency, RefusesBareNumbersAndOtherUnits) {
  for (const char* wrong : {"", "500", "500 s", "ppm", "2000000ppm", "nanppm"})
    EXPECT_FALSE(parse_ppm(wrong)) << wrong;
}

TEST(Frequency, FormatsWithThreeDecimals) { EXPECT_EQ(format(Ppm{-90.7}), "-90.700ppm"); }

TEST(Frequency, ConvertsBetweenRatioAndPpm) {
  EXPECT_DOUBLE_EQ(to_ratio(Ppm{500}), 5e-4);
  EXPECT_DOUBLE_EQ(from_ratio(1e-6).value, 1.0);
}

}  // namespace
}  // namespace slewd
