// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/process_privileges.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/atomic_file.hpp"
#include "base/text.hpp"

namespace slewd::os {
namespace {

TEST(TimeCapability, IsBitTwentyFiveOfTheEffectiveSet) {
  EXPECT_TRUE(
      grants_time_capability("Name:\tx\nCapPrm:\t0000000000000000\n"
                             "CapEff:\t0000000002000000\n"));
  EXPECT_TRUE(grants_time_capability("CapEff:\t000001fffeffffff\n"));
  EXPECT_FALSE(grants_time_capability("CapPrm:\t0000000002000000\nCapEff:\t000001fffcffffff\n"));
}

TEST(TimeCapability, IsAbsentFromTextThatDoesNotSayIt) {
  for (const char* text : {"", "CapEff:", "CapEff:\t\n", "CapEff:\tzz\n", "CapEff:\t02000000x\n",
                           "XCapEff:\t0000000002000000\n"})
    EXPECT_FALSE(grants_time_capability(text)) << text;
}

TEST(UserNamespace, IsTheFirstOneByAMapOfEveryNumber) {
  EXPECT_TRUE(maps_every_user("         0          0 4294967295\n"));
  // As a reader in a namespace of its own sees the first one.
  EXPECT_TRUE(maps_every_user("         0 4294967295 4294967295\n"));
  for (const char* map :
       {"", "\n", "         0       1000          1\n", "         0     100000      65536\n",
        "         1          0 4294967295\n", "0 0 4294967295 0", "0 0 4294967294"})
    EXPECT_FALSE(maps_every_user(map)) << map;
}

// The lines of /proc/self/status that say what a process may do.
std::string rights() {
  const std::string status = read_file("/proc/self/status", 65536).value_or("");
  std::string shown;
  for (const std::string_view line : split(status, '\n'))
    if (line.starts_with("Cap") || line.starts_with("Uid") || line.starts_with("Groups") ||
        line.starts_with("NoNewPrivs"))
      shown += std::string(line) + "\n";
  return shown;
}

TEST(PrivilegesDeathTest, RootBecomesAUserWithNoCapabilityButThatOfTheClock) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const auto done = become_user("nobody");
        (void)std::fprintf(stderr, "%s%s", done ? "" : done.error().describe().c_str(),
                           rights().c_str());
        std::exit(done && ::setuid(0) != 0 ? 0 : 1);
      },
      testing::ExitedWithCode(0),
      // The tests run without CAP_SYS_TIME: nothing is left to keep.
      "Uid:\t65534\t65534\t65534\t65534\nGroups:\t65534 *\n"
      "CapInh:\t0+\nCapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+\nCapAmb:\t0+\nNoNewPrivs:\t1");
}

TEST(PrivilegesDeathTest, AProgramThatRootStartsGetsNoCapability) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has capabilities to keep";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        keep_capabilities_from_children();
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        ::execl("/bin/grep", "grep", "CapEff", "/proc/self/status", nullptr);
      },
      testing::ExitedWithCode(0), "CapEff:\t0+\n");
}

TEST(PrivilegesDeathTest, AUserThatDoesNotExistChangesNothing) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another";
  const std::string before = rights();
  const auto done = become_user("no such user");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::not_found);
  EXPECT_EQ(rights(), before);
}

TEST(TimeCapability, IsWhatTheTestsRunWithout) { EXPECT_FALSE(has_time_capability()); }

}  // namespace
}  // namespace slewd::os
