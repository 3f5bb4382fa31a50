// SPDX-License-Identifier: Apache-2.0
#include "base/secret_file.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

class SecretFile : public testing::Test {
 protected:
  void write(const std::string& text, mode_t mode) const {
    ::chmod(folder.write("secret", text).c_str(), mode);
  }
  TemporaryFolder folder;
  std::string path = folder.file("secret");
};

TEST_F(SecretFile, GivesTheFirstLine) {
  write("pass word\r\nrest\n", 0600);
  const auto secret = read_secret(path);
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->value, "pass word");
  EXPECT_EQ(secret->warning, "");
}

TEST_F(SecretFile, WarnsWhenEveryoneCanReadIt) {
  write("x", 0644);
  EXPECT_EQ(read_secret(path).value().warning,
            path + " is readable by all users; fix it with chmod 600");
}

TEST_F(SecretFile, RefusesWhatIsNoPasswordFile) {
  EXPECT_EQ(read_secret(path + ".absent").error().code(), ErrorCode::not_found);
  EXPECT_EQ(read_secret(folder.path()).error().code(), ErrorCode::invalid);
  write(std::string(2000, 'x'), 0600);
  EXPECT_EQ(read_secret(path).error().code(), ErrorCode::limit);
}

// As the kubelet mounts a Secret: links to a folder that is replaced as a whole, and a group that
// may read (fsGroup).
TEST_F(SecretFile, AMountedSecretIsReadThroughItsLinksAndAnewWhenItIsReplaced) {
  const auto mount = [&](const std::string& version, const std::string& text) {
    std::filesystem::create_directories(folder.file("hook/" + version));
    ::chmod(folder.write("hook/" + version + "/url", text).c_str(), 0440);
    std::filesystem::create_symlink(version, folder.file("hook/..data_tmp"));
    std::filesystem::rename(folder.file("hook/..data_tmp"), folder.file("hook/..data"));
  };
  mount("..2026_01_01_00_00_00.1", "https://hooks.example.net/a\n");
  std::filesystem::create_symlink("..data/url", folder.file("hook/url"));
  ::chmod(folder.file("hook").c_str(), 03777);
  const auto secret = read_secret(folder.file("hook/url"));
  ASSERT_TRUE(secret) << secret.error().describe();
  EXPECT_EQ(secret->value, "https://hooks.example.net/a");
  EXPECT_EQ(secret->warning, "");
  mount("..2026_01_01_00_00_00.2", "https://hooks.example.net/b");
  EXPECT_EQ(read_secret(folder.file("hook/url"))->value, "https://hooks.example.net/b");
}

TEST_F(SecretFile, DoesNotWaitForANamedPipe) {
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(read_secret(path).error().code(), ErrorCode::invalid);
}

}  // namespace
}  // namespace slewd::remedy
