// SPDX-License-Identifier: Apache-2.0
#include <cerrno>

#include <gtest/gtest.h>

#include "base/check.hpp"
#include "base/result.hpp"

namespace slewd {
namespace {

TEST(Error, DescribesThePathFromTheOutermostPlaceInwards) {
  const Error error = Error(ErrorCode::invalid, "no unit").within("poll.minimum").within("a.json");
  EXPECT_EQ(error.describe(), "a.json: poll.minimum: no unit");
}

TEST(Error, KeepsItsCodeWhenWrapped) {
  EXPECT_EQ(system_error("clock_adjtime", EPERM).within("steering").code(), ErrorCode::permission);
  EXPECT_EQ(system_error("open", ENOENT).code(), ErrorCode::not_found);
}

TEST(Error, TravelsInAResult) {
  const Result<int> result = fail(ErrorCode::timeout, "no answer");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), "no answer");
}

TEST(CheckDeathTest, EndsTheProcessAndNamesTheCondition) {
  EXPECT_DEATH(SLEWD_CHECK(1 + 1 == 3), "1 \\+ 1 == 3");
}

}  // namespace
}  // namespace slewd
