// SPDX-License-Identifier: Apache-2.0
#include "lab/demo/free_port.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/app/taken_port.hpp"

namespace slewd::lab {
namespace {

using testing::HasSubstr;

TEST(FreePort, IsPickedByTheKernelForZero) {
  const auto port = free_port(0);
  ASSERT_TRUE(port) << port.error().describe();
  EXPECT_NE(*port, 0);
}

TEST(FreePort, RefusesOneThatIsTaken) {
  const app::TakenPort taken;
  ASSERT_TRUE(taken.listening());
  const auto port = free_port(taken.number());
  ASSERT_FALSE(port);
  EXPECT_THAT(port.error().describe(), HasSubstr("port " + std::to_string(taken.number())));
}

}  // namespace
}  // namespace slewd::lab
