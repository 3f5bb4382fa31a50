#include "agent/linux/instance_lock.hpp"

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slewd::os {
namespace {

class InstanceLock : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "slewd-lock-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(InstanceLock, IsHeldByOneOnly) {
  const auto first = lock_instance(folder_);
  ASSERT_TRUE(first) << first.error().describe();
  const auto second = lock_instance(folder_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::limit);
  EXPECT_THAT(second.error().describe(), testing::HasSubstr("another slewd runs"));
}

TEST_F(InstanceLock, IsFreeAgainWhenItsHolderIsGone) {
  { ASSERT_TRUE(lock_instance(folder_)); }
  EXPECT_TRUE(lock_instance(folder_));
}

TEST_F(InstanceLock, AFolderThatCannotBeUsedIsNoRival) {
  const auto nowhere = lock_instance(folder_ + "/missing");
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().code(), ErrorCode::limit);
}

TEST_F(InstanceLock, DoesNotFollowALink) {
  std::filesystem::create_symlink(folder_ + "/elsewhere", folder_ + "/lock");
  EXPECT_FALSE(lock_instance(folder_));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/elsewhere"));
}

}  // namespace
}  // namespace slewd::os
