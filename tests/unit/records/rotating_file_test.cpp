// SPDX-License-Identifier: Apache-2.0
#include "agent/records/rotating_file.hpp"

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/unit/temporary_folder.hpp"

namespace slewd::records {
namespace {

using Try = RotatingFile::Try;

class RotatingFileTest : public testing::Test {
 protected:
  Result<void> open(Try when) {
    return file.open([](std::string_view) { return true; }, file.older_path(), when);
  }
  // How often a file that has become usable is refused before it is tried.
  unsigned refusals() {
    unsigned refused = 0;
    while (refused < 1000 && !open(Try::when_due)) ++refused;
    return refused;
  }

  TemporaryFolder folder{TemporaryFolder::fast_place()};
  RotatingFile file{folder.file("lines"), 20};
};

TEST_F(RotatingFileTest, WaitsLongerAfterEachFailureUpToALimit) {
  std::filesystem::create_directory(file.path());
  for (const unsigned wait : {1U, 3U, 7U, 15U, 31U, 63U, 63U}) {
    EXPECT_FALSE(open(Try::at_once));
    for (unsigned skipped = 0; skipped + 1 < wait; ++skipped) EXPECT_FALSE(open(Try::when_due));
  }
  std::filesystem::remove(file.path());
  EXPECT_EQ(refusals(), 1U) << "what was skipped counts";
  EXPECT_TRUE(file.append("line"));
}

TEST_F(RotatingFileTest, AtOnceIsTriedWhateverTheWait) {
  std::filesystem::create_directory(file.path());
  for (int failures = 0; failures < 10; ++failures) EXPECT_FALSE(open(Try::at_once));
  ASSERT_TRUE(file.problem());
  std::filesystem::remove(file.path());
  EXPECT_TRUE(open(Try::at_once));
  EXPECT_FALSE(file.problem());
}

TEST_F(RotatingFileTest, AFileThatOpensAndTakesNoLineIsTriedEverMoreSeldomToo) {
  const sighandler_t handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit tight{2, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  unsigned tries = 0;
  for (int look = 0; look < 1000; ++look)
    if (open(Try::when_due)) {
      ++tries;
      EXPECT_FALSE(file.append("line"));
    }
  ::setrlimit(RLIMIT_FSIZE, &before);
  (void)::signal(SIGXFSZ, handler);
  EXPECT_GT(tries, 5U);
  EXPECT_LT(tries, 25U);
  EXPECT_LE(refusals(), RotatingFile::kMostSkipped);
  EXPECT_TRUE(file.append("line"));
}

TEST_F(RotatingFileTest, AFullFileBecomesTheOlderOneAndTheNewOneHasItsHead) {
  ASSERT_TRUE(open(Try::at_once));
  const auto head = [] { return std::string("head"); };
  for (const char* line : {"first", "second", "third"}) ASSERT_TRUE(file.append(line, head));
  std::vector<std::string> lines;
  ASSERT_TRUE(LineFile::read(file.path(), [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  }));
  EXPECT_EQ(lines, (std::vector<std::string>{"head", "third"}));
  EXPECT_TRUE(std::filesystem::exists(file.older_path()));
}

}  // namespace
}  // namespace slewd::records
