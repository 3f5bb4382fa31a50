#include "agent/remedy/secret_file.hpp"

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
            path + " is readable by everyone; chmod 600 would mend it");
}

TEST_F(SecretFile, RefusesWhatIsNoPasswordFile) {
  EXPECT_EQ(read_secret(path + ".absent").error().code(), ErrorCode::not_found);
  EXPECT_EQ(read_secret(folder.path()).error().code(), ErrorCode::invalid);
  write(std::string(2000, 'x'), 0600);
  EXPECT_EQ(read_secret(path).error().code(), ErrorCode::limit);
}

TEST_F(SecretFile, DoesNotWaitForANamedPipe) {
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(read_secret(path).error().code(), ErrorCode::invalid);
}

}  // namespace
}  // namespace slewd::remedy
