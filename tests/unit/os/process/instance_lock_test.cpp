// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/instance_lock.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/os/fakes.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::os {
namespace {

TEST(InstanceLock, IsHeldByOneOnly) {
  const TemporaryFolder folder;
  const auto first = lock_instance(folder.path());
  ASSERT_TRUE(first) << first.error().describe();
  const auto second = lock_instance(folder.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::limit);
  EXPECT_THAT(second.error().describe(),
              testing::HasSubstr("another slewd is using this state directory"));
}

TEST(InstanceLock, IsFreeAgainWhenItsHolderIsGone) {
  const TemporaryFolder folder;
  { ASSERT_TRUE(lock_instance(folder.path())); }
  EXPECT_TRUE(lock_instance(folder.path()));
}

TEST(InstanceLock, AFolderThatCannotBeUsedIsNoRival) {
  const TemporaryFolder folder;
  const auto nowhere = lock_instance(folder.path() + "/missing/deeper");
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().code(), ErrorCode::limit);
}

TEST(InstanceLock, IsHeldFromTheFirstStartOn) {
  const TemporaryFolder folder;
  const std::string fresh = folder.path() + "/state";
  const auto first = lock_instance(fresh);
  ASSERT_TRUE(first) << first.error().describe();
  EXPECT_FALSE(lock_instance(fresh));
}

TEST(InstanceLock, DoesNotFollowALink) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink(folder.path() + "/elsewhere", folder.path() + "/lock");
  EXPECT_FALSE(lock_instance(folder.path()));
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/elsewhere"));
}

}  // namespace
}  // namespace slewd::os
