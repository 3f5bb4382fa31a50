// SPDX-License-Identifier: Apache-2.0
#include "lab/demo/shared_wall.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/temporary_folder.hpp"

namespace slewd::lab {
namespace {

using namespace std::chrono_literals;

class SharedWallTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string path_ = folder_.file("wall");
};

TEST_F(SharedWallTest, ShowsTheOtherSideWhatWasPublished) {
  const auto demo = SharedWall::create(path_);
  ASSERT_TRUE(demo) << demo.error().describe();
  const auto victim = SharedWall::open(path_);
  ASSERT_TRUE(victim) << victim.error().describe();
  (*demo)->publish(RawTime{100s}, WallTime{1000s});
  EXPECT_EQ((*victim)->wall_at(RawTime{100s}), WallTime{1000s});
  EXPECT_EQ((*victim)->wall_at(RawTime{103s}), WallTime{1003s});
  (*demo)->publish(RawTime{104s}, WallTime{993s});
  EXPECT_EQ((*victim)->wall_at(RawTime{104s}), WallTime{993s});
}

TEST_F(SharedWallTest, TellsHowLongNobodyHasPublished) {
  const auto demo = SharedWall::create(path_);
  ASSERT_TRUE(demo);
  (*demo)->publish(RawTime{100s}, WallTime{1000s});
  EXPECT_EQ((*demo)->silent_for(RawTime{102s}), Nanos(2s));
}

TEST_F(SharedWallTest, TellsTheEndOfTheShow) {
  const auto demo = SharedWall::create(path_);
  const auto victim = SharedWall::open(path_);
  ASSERT_TRUE(demo && victim);
  EXPECT_FALSE((*victim)->demo_has_ended());
  (*demo)->end_demo();
  EXPECT_TRUE((*victim)->demo_has_ended());
}

TEST_F(SharedWallTest, IsForNobodyElse) {
  ASSERT_TRUE(SharedWall::create(path_));
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(SharedWallTest, RefusesAFileThatIsThereAndOneThatIsNot) {
  ASSERT_TRUE(SharedWall::create(path_));
  EXPECT_FALSE(SharedWall::create(path_));
  const auto none = SharedWall::open(folder_.file("none"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::not_found);
}

TEST_F(SharedWallTest, RefusesAFileThatIsTooShort) {
  const auto victim = SharedWall::open(folder_.write("short", "x"));
  ASSERT_FALSE(victim);
  EXPECT_EQ(victim.error().code(), ErrorCode::invalid);
}

}  // namespace
}  // namespace slewd::lab
