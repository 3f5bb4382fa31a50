// SPDX-License-Identifier: Apache-2.0
// A log pattern for tests, which has to be a good one.
#pragma once

#include <string_view>

#include <gtest/gtest.h>

#include "rules/lang/pattern.hpp"

namespace slewd::rules {

inline Pattern compiled(std::string_view expression) {
  auto pattern = Pattern::compile(expression);
  EXPECT_TRUE(pattern.has_value()) << pattern.error().describe();
  return *pattern;
}

}  // namespace slewd::rules
