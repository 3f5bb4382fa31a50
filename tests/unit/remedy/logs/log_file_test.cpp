// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/logs/log_file.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/remedy/logs/log_file_follower.hpp"
#include "base/limits.hpp"

#include "tests/unit/remedy/test_reactor.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct LogFileTest : testing::Test {
  void look() {
    while (file.look()) {
    }
  }
  TemporaryFolder folder;
  std::vector<std::string> got;
  LogFile file{folder.file("log"), [this](std::string_view line, bool) { got.emplace_back(line); }};
};

TEST_F(LogFileTest, StartsAtTheEnd) {
  folder.append("log", "old\n");
  look();
  EXPECT_THAT(got, IsEmpty());
  folder.append("log", "new\n");
  look();
  EXPECT_THAT(got, ElementsAre("new"));
}

TEST_F(LogFileTest, TheRestOfALineThatBeganBeforeUsIsNoLine) {
  folder.append("log", "old begin");
  look();
  folder.append("log", " and end\nnew\n");
  look();
  EXPECT_THAT(got, ElementsAre("new"));
}

TEST_F(LogFileTest, AFileThatAppearsIsReadFromItsBeginning) {
  look();
  EXPECT_THAT(file.problem(), HasSubstr("No such file"));
  folder.append("log", "first\n");
  look();
  EXPECT_EQ(file.problem(), "");
  EXPECT_THAT(got, ElementsAre("first"));
}

TEST_F(LogFileTest, FollowsARenamedFileUntilTheNewOneIsWrittenTo) {
  folder.append("log", "");
  look();
  folder.append("log", "one\n");
  std::filesystem::rename(folder.file("log"), folder.file("log.1"));
  look();
  EXPECT_EQ(file.problem(), "") << "a service that hangs makes no new file: its lines still count";
  folder.append("log.1", "two\n");
  folder.append("log", "");
  folder.append("log.1", "three\nhalf");
  look();
  EXPECT_EQ(file.problem(), "");
  EXPECT_THAT(got, ElementsAre("one", "two", "three"));
  folder.append("log", "four\n");
  look();
  EXPECT_THAT(got, ElementsAre("one", "two", "three", "half", "four"));
}

TEST_F(LogFileTest, FollowsAFileThatIsTruncated) {
  folder.append("log", "");
  look();
  folder.append("log", "a long first line\n");
  look();
  std::filesystem::resize_file(folder.file("log"), 0);
  folder.append("log", "short\n");
  look();
  EXPECT_THAT(got, ElementsAre("a long first line", "short"));
}

TEST_F(LogFileTest, PassesOverABacklogAndCountsIt) {
  folder.append("log", "");
  look();
  std::string much;
  while (much.size() < limits::kLogBacklogBytes + limits::kLogReadBytes)
    much += "a line of a flood that never ends\n";
  folder.append("log", much + "last\n");
  look();
  EXPECT_EQ(file.skips(), 1U);
  EXPECT_LE(got.size(), limits::kLogReadBytes / 33);
  EXPECT_EQ(got.front(), "a line of a flood that never ends");
  EXPECT_EQ(got.back(), "last");
}

TEST_F(LogFileTest, DoesNotWaitForTheWriterOfAPipe) {
  ASSERT_EQ(::mkfifo(folder.file("log").c_str(), 0600), 0);
  look();
  EXPECT_EQ(file.problem(), "not a regular file");
}

struct LogFileFollowerTest : testing::Test {
  TemporaryFolder folder;
  TestReactor reactor;
  std::vector<std::string> got;
  LogFileFollower follower{
      reactor, [this](const std::string& path, std::string_view line, bool) {
        got.push_back(path.substr(path.rfind('/') + 1) + ": " + std::string(line));
      }};
};

TEST_F(LogFileFollowerTest, IsWokenByWhatIsWrittenRenamedAndMade) {
  follower.follow({folder.append("a", "old\n"), folder.file("b")});
  EXPECT_EQ(follower.problem(folder.file("a")), "");
  EXPECT_THAT(follower.problem(folder.file("b")), HasSubstr("No such file"));
  reactor.settle();
  const auto all_of = [&](std::size_t count) {
    return [this, count] { return got.size() >= count; };
  };
  folder.append("a", "one\n");
  EXPECT_TRUE(reactor.run_until(all_of(1)));
  folder.append("b", "two\n");
  EXPECT_TRUE(reactor.run_until(all_of(2)));
  std::filesystem::rename(folder.file("a"), folder.file("a.1"));
  folder.append("a", "three\n");
  EXPECT_TRUE(reactor.run_until(all_of(3)));
  folder.append("a", "four\n");
  EXPECT_TRUE(reactor.run_until(all_of(4)));
  EXPECT_THAT(got, ElementsAre("a: one", "b: two", "a: three", "a: four"));
}

TEST_F(LogFileFollowerTest, LooksAnywayWhereNothingCanBeWatched) {
  follower.follow({folder.file("later/log")});
  reactor.settle();
  std::filesystem::create_directory(folder.file("later"));
  folder.append("later/log", "first\n");
  reactor.advance(5s);
  EXPECT_THAT(got, ElementsAre("log: first"));
}

TEST_F(LogFileFollowerTest, KeepsThePlaceOfAFileThatStays) {
  follower.follow({folder.append("a", "old\n")});
  folder.append("a", "one\n");
  follower.follow({folder.file("a"), folder.append("b", "old\n")});
  reactor.settle();
  EXPECT_THAT(got, ElementsAre("a: one"));
}

TEST_F(LogFileFollowerTest, AFloodInOneFileDoesNotStarveAnother) {
  follower.follow({folder.append("a", ""), folder.append("b", "")});
  reactor.settle();
  const std::size_t turn = limits::kLogReadBytes * limits::kLogReadsPerTurn;
  std::string much;
  while (much.size() < 3 * turn) much += "flood\n";
  folder.append("a", much);
  folder.append("b", "one\n");
  reactor.settle();
  reactor.advance(20ms);
  EXPECT_THAT(got, testing::Contains("b: one"));
  EXPECT_LT(got.size(), 2 * turn / 6 + 2);
  reactor.advance(1s);
  EXPECT_EQ(got.size(), much.size() / 6 + 1);
}

TEST_F(LogFileFollowerTest, NothingToFollowLeavesNothingBehind) {
  follower.follow({folder.append("a", "")});
  reactor.settle();
  EXPECT_EQ(reactor.watches(), 1U);
  follower.follow({});
  EXPECT_EQ(reactor.watches(), 0U);
  EXPECT_EQ(reactor.timers(), 0U);
}

}  // namespace
}  // namespace slewd::remedy
