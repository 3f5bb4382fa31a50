// SPDX-License-Identifier: Apache-2.0
#include "base/own_file.hpp"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd {
namespace {

using testing::HasSubstr;

constexpr uid_t kNobody = 65534;

std::string why_refused(const std::string& path) {
  const auto opened = open_own_file(path, O_RDWR);
  return opened ? "" : opened.error().describe();
}

TEST(OwnFile, IsMadeAndReadAgain) {
  const TemporaryFolder folder;
  const auto made = open_own_file(folder.file("state"), O_RDWR | O_CREAT, 0640);
  ASSERT_TRUE(made) << made.error().describe();
  ASSERT_TRUE(write_all(made->get(), "text"));
  EXPECT_EQ(read_own_file(folder.file("state"), 100).value_or(""), "text");
  EXPECT_EQ(read_own_file(folder.file("none"), 100).error().code(), ErrorCode::not_found);
}

TEST(OwnFile, IsNotOpenedThroughALink) {
  const TemporaryFolder folder;
  folder.write("victim", "precious");
  std::filesystem::create_symlink(folder.file("victim"), folder.file("state"));
  EXPECT_THAT(why_refused(folder.file("state")), HasSubstr("a symbolic link"));
  // A link that leads nowhere makes no file there.
  std::filesystem::create_symlink(folder.file("new"), folder.file("dangling"));
  EXPECT_FALSE(open_own_file(folder.file("dangling"), O_RDWR | O_CREAT, 0600));
  EXPECT_FALSE(std::filesystem::exists(folder.file("new")));
  std::filesystem::create_hard_link(folder.file("victim"), folder.file("second"));
  EXPECT_THAT(why_refused(folder.file("second")), HasSubstr("a second name"));
}

TEST(OwnFile, IsARegularFileAndNothingThatWaits) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
  EXPECT_THAT(why_refused(folder.file("pipe")), HasSubstr("not a regular file"));
  std::filesystem::create_directory(folder.file("folder"));
  EXPECT_THAT(why_refused(folder.file("folder")), HasSubstr("Is a directory"));
}

TEST(OwnFile, BelongsToUsOrToRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const TemporaryFolder folder;
  folder.write("state", "planted");
  ASSERT_EQ(::chown(folder.file("state").c_str(), kNobody, kNobody), 0);
  EXPECT_THAT(why_refused(folder.file("state")), HasSubstr("belongs to"));
}

TEST(OwnFolder, IsWrittenByNoOtherUserUnlessItIsSticky) {
  const TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
  const auto refused = check_own_folder(folder.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::permission);
  EXPECT_THAT(refused.error().describe(), HasSubstr("`chmod o-w " + folder.path() + "`"));
  ASSERT_EQ(::chmod(folder.path().c_str(), 01777), 0);
  EXPECT_TRUE(check_own_folder(folder.path()));
  ASSERT_EQ(::chmod(folder.path().c_str(), 0770), 0);
  EXPECT_TRUE(check_own_folder(folder.path()));
}

TEST(OwnFolder, BelongsToUsOrToRoot) {
  const TemporaryFolder folder;
  EXPECT_TRUE(check_own_folder(folder.path()));
  EXPECT_TRUE(check_own_folder("/"));
  EXPECT_EQ(check_own_folder(folder.file("none")).error().code(), ErrorCode::unavailable);
  folder.write("file", "");
  EXPECT_THAT(check_own_folder(folder.file("file")).error().describe(),
              HasSubstr("not a directory"));
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  ASSERT_EQ(::chown(folder.path().c_str(), kNobody, kNobody), 0);
  const auto refused = check_own_folder(folder.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::permission);
  EXPECT_THAT(refused.error().describe(), HasSubstr("uid 65534"));
}

TEST(SyncFolder, OfAFolderThatIsMissingIsAnError) {
  const TemporaryFolder folder;
  EXPECT_TRUE(sync_folder_of(folder.file("any")));
  EXPECT_FALSE(sync_folder_of(folder.file("none/any")));
}

TEST(SyncFolder, AFileSystemThatCannotDoItIsNoError) {
  const Fd folder(::open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(::fsync(folder.get()), -1);
  ASSERT_EQ(errno, EINVAL);
  EXPECT_TRUE(sync_folder_of("/proc/self/status"));
}

}  // namespace
}  // namespace slewd
