// SPDX-License-Identifier: Apache-2.0
#include "agent/config/trusted_file.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/config/config.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr uid_t kStranger = 65534;

class TrustedFile : public testing::Test {
 protected:
  [[nodiscard]] std::string problem() const {
    const auto trusted = check_trusted(path_);
    return trusted ? "" : trusted.error().describe();
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.write("slewd.json", "{}");
};

TEST_F(TrustedFile, IsOursAndCanBeReadByAll) {
  ::chmod(path_.c_str(), 0644);
  EXPECT_EQ(problem(), "");
}

TEST_F(TrustedFile, CannotBeWrittenByEveryUser) {
  ::chmod(path_.c_str(), 0666);
  EXPECT_THAT(problem(), HasSubstr("writable by every user"));
  EXPECT_THAT(problem(), HasSubstr("run: chmod o-w " + path_));
}

TEST_F(TrustedFile, CannotBeReplacedByEveryUser) {
  ::chmod(folder_.path().c_str(), 0777);
  EXPECT_THAT(problem(), HasSubstr("run: chmod o-w " + folder_.path()));
  ::chmod(folder_.path().c_str(), 01777);
  EXPECT_EQ(problem(), "");
}

// As the kubelet mounts a Secret or a ConfigMap with fsGroup.
TEST_F(TrustedFile, MayBeAMountedSecret) {
  std::filesystem::create_directories(folder_.file("m/..2026_01_01_00_00_00.1"));
  const std::string file = folder_.write("m/..2026_01_01_00_00_00.1/rule.json", "{}");
  ::chmod(file.c_str(), 0440);
  ::chmod(folder_.file("m/..2026_01_01_00_00_00.1").c_str(), 02755);
  ::chmod(folder_.file("m").c_str(), 03777);
  std::filesystem::create_symlink("..2026_01_01_00_00_00.1", folder_.file("m/..data"));
  std::filesystem::create_symlink("..data/rule.json", folder_.file("m/rule.json"));
  const auto trusted = check_trusted(folder_.file("m/rule.json"));
  EXPECT_TRUE(trusted) << trusted.error().describe();
}

TEST_F(TrustedFile, AFolderFurtherUpCountsAsWell) {
  std::filesystem::create_directories(folder_.file("a/b"));
  ::chmod(folder_.file("a").c_str(), 0777);
  std::filesystem::rename(path_, folder_.file("a/b/slewd.json"));
  const auto refused = check_trusted(folder_.file("a/b/slewd.json"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().describe(), HasSubstr(folder_.file("a")));
}

TEST_F(TrustedFile, NeitherCanTheFileThatALinkLeadsTo) {
  ::chmod(path_.c_str(), 0666);
  std::filesystem::create_symlink(path_, folder_.file("link"));
  EXPECT_FALSE(check_trusted(folder_.file("link")));
}

TEST_F(TrustedFile, BelongsToRootOrUs) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown(path_.c_str(), kStranger, kStranger), 0);
  EXPECT_THAT(problem(), HasSubstr("run: chown root " + path_));
  ASSERT_EQ(::chown(path_.c_str(), 0, 0), 0);
  ASSERT_EQ(::chown(folder_.path().c_str(), kStranger, kStranger), 0);
  EXPECT_THAT(problem(), HasSubstr("run: chown root " + folder_.path()));
}

TEST_F(TrustedFile, IsRefusedWhereSlewdHasPowersAndElseWarnedOf) {
  ::chmod(path_.c_str(), 0666);
  std::vector<std::string> warnings;
  const auto text = read_trusted_file(path_, 100, warnings);
  EXPECT_EQ(text.has_value(), !has_powers());
  EXPECT_EQ(warnings.size(), has_powers() ? 0U : 1U);
}

TEST_F(TrustedFile, AConfigurationThatOthersCanWriteIsRefused) {
  ASSERT_TRUE(load_config(path_));
  EXPECT_THAT(load_config(path_)->warnings, IsEmpty());
  ::chmod(path_.c_str(), 0666);
  const auto loaded = load_config(path_);
  if (has_powers())
    EXPECT_THAT(loaded.error().describe(), HasSubstr("chmod o-w"));
  else
    EXPECT_EQ(loaded->warnings.size(), 1U);
}

TEST_F(TrustedFile, ARuleFileThatOthersCanWriteIsRefusedAlone) {
  const std::string rules = folder_.file("rules.d");
  std::filesystem::create_directory(rules);
  folder_.write("rules.d/a.json", R"({"schema": "slewd.rules/1", "rules": []})");
  ::chmod(folder_.file("rules.d/a.json").c_str(), 0666);
  folder_.write("slewd.json", R"({"rules": {"folder": ")" + rules + "\"}}");
  const auto loaded = load_config(path_);
  ASSERT_TRUE(loaded) << loaded.error().describe();
  EXPECT_EQ(loaded->refused().size(), has_powers() ? 1U : 0U);
  EXPECT_EQ(loaded->warnings.size(), has_powers() ? 0U : 1U);
}

TEST_F(TrustedFile, APipeIsRefusedAtOnce) {
  ASSERT_EQ(::mkfifo(folder_.file("pipe").c_str(), 0600), 0);
  EXPECT_THAT(load_config(folder_.file("pipe")).error().describe(),
              HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace slewd::app
