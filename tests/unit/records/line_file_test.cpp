// SPDX-License-Identifier: Apache-2.0
#include "agent/records/line_file.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/limits.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::records {
namespace {

constexpr std::size_t kUsual = 4096;

using testing::ElementsAre;
using testing::HasSubstr;

class LineFileTest : public testing::Test {
 protected:
  LineFile::Reader reader() {
    return [this](std::string_view line) {
      lines_.emplace_back(line.substr(0, 16));
      return line == "whole";
    };
  }
  // One line before the part that is read of a file of kUsual bytes.
  void make_huge(const std::string& end) const {
    std::ofstream file(path_, std::ios::binary);
    file << "never read\n";
    file.seekp(static_cast<std::streamoff>(kUsual + limits::kLedgerLineBytes));
    file << end;
  }

  TemporaryFolder folder_{TemporaryFolder::fast_place()};
  const std::string path_ = folder_.file("lines");
  std::vector<std::string> lines_;
};

TEST_F(LineFileTest, OfAHugeFileOnlyTheEndIsReadAndNothingIsCutOff) {
  make_huge("\nfirst\nsecond\n");
  const auto before = std::filesystem::file_size(path_);
  auto file = LineFile::open(path_, reader(), {}, kUsual);
  ASSERT_TRUE(file) << file.error().describe();
  EXPECT_THAT(lines_, ElementsAre("first", "second"));
  EXPECT_EQ(file->size(), before);
  EXPECT_TRUE(file->append("third"));
  EXPECT_EQ(std::filesystem::file_size(path_), before + 6);
}

TEST_F(LineFileTest, AHugeLineWithoutAnEndGetsOneAndIsNoLineOfOurs) {
  make_huge(std::string(100, 'x'));
  const auto before = std::filesystem::file_size(path_);
  const auto file = LineFile::open(path_, reader(), {}, kUsual);
  ASSERT_TRUE(file) << file.error().describe();
  EXPECT_THAT(lines_, ElementsAre());
  EXPECT_EQ(std::filesystem::file_size(path_), before + 1);
}

TEST_F(LineFileTest, TheOlderFileComesFirst) {
  folder_.write("older", "one\ntwo\n");
  folder_.write("lines", "three\n");
  ASSERT_TRUE(LineFile::open(path_, reader(), folder_.file("older")));
  EXPECT_THAT(lines_, ElementsAre("one", "two", "three"));
}

TEST_F(LineFileTest, WithoutAFileToWriteNothingIsRead) {
  folder_.write("older", "one\n");
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(LineFile::open(path_, reader(), folder_.file("older")));
  EXPECT_THAT(lines_, ElementsAre());
}

TEST_F(LineFileTest, IsNotWrittenThroughALink) {
  folder_.write("victim", "line1\nsecret");
  for (const char* kind : {"symbolic", "hard"}) {
    std::filesystem::remove(path_);
    if (*kind == 's')
      std::filesystem::create_symlink(folder_.file("victim"), path_);
    else
      std::filesystem::create_hard_link(folder_.file("victim"), path_);
    const auto refused = LineFile::open(path_, reader());
    ASSERT_FALSE(refused) << kind;
    EXPECT_THAT(refused.error().describe(), HasSubstr("remove it")) << kind;
  }
  std::ifstream victim(folder_.file("victim"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(victim), {}), "line1\nsecret");
  EXPECT_THAT(lines_, ElementsAre());
}

TEST_F(LineFileTest, APipeInItsPlaceIsRefusedAtOnce) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(LineFile::open(path_, reader()));
}

}  // namespace
}  // namespace slewd::records
