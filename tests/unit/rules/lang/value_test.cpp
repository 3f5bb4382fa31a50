// SPDX-License-Identifier: Apache-2.0
#include "rules/lang/value.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "rules/lang/type_rules.hpp"

#include "tests/unit/rules/truth_values.hpp"

namespace slewd::rules {
namespace {

using namespace std::chrono_literals;

TEST(Value, FollowsKleenesTables) {
  const Value all[] = {kTrue, kUnknown, kFalse};
  const Value and_table[3][3] = {
      {kTrue, kUnknown, kFalse}, {kUnknown, kUnknown, kFalse}, {kFalse, kFalse, kFalse}};
  const Value or_table[3][3] = {
      {kTrue, kTrue, kTrue}, {kTrue, kUnknown, kUnknown}, {kTrue, kUnknown, kFalse}};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) {
      EXPECT_EQ(logical_and(all[i], all[j]), and_table[i][j]) << i << " and " << j;
      EXPECT_EQ(logical_or(all[i], all[j]), or_table[i][j]) << i << " or " << j;
    }
  EXPECT_EQ(logical_not(kTrue), kFalse);
  EXPECT_EQ(logical_not(kFalse), kTrue);
  EXPECT_EQ(logical_not(kUnknown), kUnknown);
}

TEST(Value, WhatIsNoNumberIsUnknown) {
  EXPECT_TRUE(Value::of(std::numeric_limits<double>::quiet_NaN()).is_unknown());
  EXPECT_FALSE(Value::of(std::numeric_limits<double>::infinity()).is_unknown());
  EXPECT_TRUE(Value::of(Ppm{std::nan("")}).is_unknown());
}

TEST(Value, IsDescribedInItsUnit) {
  EXPECT_EQ(describe(Value::of(Nanos{-11s}), Dimension::seconds), "-11s");
  EXPECT_EQ(describe(Value::of(Nanos{400ms}), Dimension::seconds), "400ms");
  EXPECT_EQ(describe(Value::of(Nanos{12345678ns}), Dimension::seconds), "12.35ms");
  EXPECT_EQ(describe(Value::of(Nanos{7199s}), Dimension::seconds), "1h59m59s");
  EXPECT_EQ(describe(Value::of(1e12), Dimension::seconds), "1e+12s");
  EXPECT_EQ(describe(Value::of(-1e300), Dimension::seconds), "-1e+300s");
  EXPECT_EQ(describe(Value::of(1e-320), Dimension::seconds), "0s");
  EXPECT_EQ(describe(Value::of(Ppm{-90.7}), Dimension::ratio), "-90.7ppm");
  EXPECT_EQ(describe(Value::of(0.25), Dimension::ratio), "25%");
  EXPECT_EQ(describe(Value::of(3.0), Dimension::count), "3");
  EXPECT_EQ(describe(Value::of(false), Dimension::truth), "false");
  EXPECT_EQ(describe(Value::of("Sync"), Dimension::symbol), "Sync");
  EXPECT_EQ(describe(Value::of("why"), Dimension::text), "\"why\"");
  EXPECT_EQ(describe(Value(), Dimension::seconds), "unknown");
}

TEST(Value, UnitsDecideWhatGoesTogether) {
  using enum Dimension;
  using enum Operator;
  EXPECT_EQ(arithmetic_result(add, seconds, seconds), seconds);
  EXPECT_EQ(arithmetic_result(add, seconds, count), std::nullopt);
  EXPECT_EQ(arithmetic_result(multiply, seconds, ratio), seconds);
  EXPECT_EQ(arithmetic_result(multiply, count, seconds), seconds);
  EXPECT_EQ(arithmetic_result(multiply, seconds, seconds), std::nullopt);
  EXPECT_EQ(arithmetic_result(multiply, count, ratio), ratio);
  EXPECT_EQ(arithmetic_result(multiply, count, count), count);
  EXPECT_EQ(arithmetic_result(divide, seconds, seconds), ratio);
  EXPECT_EQ(arithmetic_result(divide, seconds, count), seconds);
  EXPECT_EQ(arithmetic_result(divide, count, seconds), std::nullopt);
  EXPECT_EQ(arithmetic_result(divide, ratio, count), ratio);
}

}  // namespace
}  // namespace slewd::rules
