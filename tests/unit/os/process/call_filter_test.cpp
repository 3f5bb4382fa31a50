// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/call_filter.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/timex.h>
#include <unistd.h>

namespace slewd::os {
namespace {

bool is_built_in() {
#ifdef SLEWD_WITH_SECCOMP
  return true;
#else
  return false;
#endif
}

TEST(CallFilterDeathTest, RefusesWhatSlewdHasNoUseForAndNothingElse) {
  if (!is_built_in()) GTEST_SKIP() << "built without libseccomp";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        if (const auto set = refuse_needless_calls(); !set) {
          (void)std::fprintf(stderr, "%s\n", set.error().describe().c_str());
          std::exit(3);
        }
        const bool refused = ::unshare(CLONE_NEWUSER) == -1 && errno == EPERM &&
                             ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == -1 && errno == EPERM;
        timex read_alone{};
        std::exit(refused && ::adjtimex(&read_alone) >= 0 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(CallFilterDeathTest, HoldsForProgramsThatAreStarted) {
  if (!is_built_in()) GTEST_SKIP() << "built without libseccomp";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        if (!refuse_needless_calls()) std::exit(3);
        ::execl("/bin/sh", "sh", "-c",
                "grep -q 'Seccomp:.*2' /proc/self/status && ! unshare -U true", nullptr);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace slewd::os
