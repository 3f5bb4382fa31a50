// SPDX-License-Identifier: Apache-2.0
#include "base/atomic_file.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/temporary_folder.hpp"

namespace slewd {
namespace {

using testing::HasSubstr;

std::size_t files_in(const std::string& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

TEST(WriteAtomically, ReplacesTheTextAndLeavesNothingElse) {
  const TemporaryFolder folder;
  const std::string path = folder.file("state");
  ASSERT_TRUE(write_atomically(path, "old and longer", 0600));
  ASSERT_TRUE(write_atomically(path, "new", 0600));
  EXPECT_EQ(read_file(path, 100).value_or(""), "new");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(WriteAtomically, GivesTheModeWhateverTheUmask) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(0077);
  const auto written = write_atomically(folder.file("state"), "x", 0644);
  ::umask(before);
  ASSERT_TRUE(written);
  struct stat status {};
  ASSERT_EQ(::stat(folder.file("state").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0644U);
}

TEST(WriteAtomically, DoesNotWriteThroughAPlantedLink) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_atomically(folder.file("victim"), "precious", 0600));
  ASSERT_EQ(::symlink(folder.file("victim").c_str(), folder.file("state.new").c_str()), 0);
  ASSERT_TRUE(write_atomically(folder.file("state"), "mine", 0600));
  EXPECT_EQ(read_file(folder.file("victim"), 100).value_or(""), "precious");
  EXPECT_EQ(read_file(folder.file("state"), 100).value_or(""), "mine");
}

TEST(WriteAtomically, LeavesTheOldFileWhenItCannotWrite) {
  const TemporaryFolder folder;
  const auto missing = write_atomically(folder.file("no/such/state"), "x", 0600);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::not_found);
  EXPECT_THAT(missing.error().describe(), HasSubstr("no/such/state"));
  // A folder in the place of the file: the rename fails and cleans up.
  ASSERT_TRUE(std::filesystem::create_directory(folder.file("taken")));
  ASSERT_FALSE(write_atomically(folder.file("taken"), "x", 0600));
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(ReadFile, RefusesMoreThanItsBound) {
  const TemporaryFolder folder;
  const std::string text(10'000, 'x');
  ASSERT_TRUE(write_atomically(folder.file("long"), text, 0600));
  EXPECT_EQ(read_file(folder.file("long"), text.size()).value_or(""), text);
  const auto refused = read_file(folder.file("long"), text.size() - 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::limit);
}

TEST(ReadFile, NamesTheFileThatIsMissingOrIsAFolder) {
  const TemporaryFolder folder;
  const auto missing = read_file(folder.file("none"), 10);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::not_found);
  EXPECT_THAT(missing.error().describe(), HasSubstr(folder.file("none")));
  EXPECT_FALSE(read_file(folder.path(), 10));
}

}  // namespace
}  // namespace slewd
