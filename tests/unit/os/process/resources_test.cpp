// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/resources.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/os/mailbox.hpp"

#include "tests/unit/sanitizers.hpp"

namespace slewd::os {
namespace {

using testing::HasSubstr;

void limit_to(decltype(RLIMIT_NOFILE) resource, rlim_t value) {
  const rlimit limit{value, value};
  ::setrlimit(resource, &limit);
}

TEST(Resources, OfAnOrdinaryProcessAreEnough) {
  const auto tried = try_resources({.threads = 4, .descriptors = 50});
  EXPECT_TRUE(tried) << tried.error().describe();
}

TEST(ResourcesDeathTest, TooFewDescriptorsAreAnErrorThatNamesTheLimit) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        limit_to(RLIMIT_NOFILE, 24);
        const auto tried = try_resources({.threads = 0, .descriptors = 50});
        (void)std::fprintf(stderr, "%s\n", tried ? "" : tried.error().describe().c_str());
        std::exit(tried ? 0 : 1);
      },
      testing::ExitedWithCode(1), "RLIMIT_NOFILE.* is 24");
}

TEST(ResourcesDeathTest, ASoftLimitIsRaisedFirst) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = 24;
        ::setrlimit(RLIMIT_NOFILE, &limit);
        std::exit(try_resources({.threads = 0, .descriptors = 50}) ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(ResourcesDeathTest, AMailboxWithoutAPipeIsNoAbort) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer looks at memory through a descriptor";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        limit_to(RLIMIT_NOFILE, 3);
        try {
          const Mailbox mailbox(true);
        } catch (const std::system_error& failure) {
          (void)std::fprintf(stderr, "%s\n", resource_error(failure).describe().c_str());
          std::exit(1);
        }
      },
      testing::ExitedWithCode(1), "pipe2.*RLIMIT_NOFILE.* is 3");
}

TEST(Resources, AnErrorNamesWhatTheKernelDidNotGrant) {
  EXPECT_THAT(resource_error(std::bad_alloc()).describe(), HasSubstr("out of memory"));
  EXPECT_THAT(
      resource_error(std::system_error(EAGAIN, std::generic_category(), "thread")).describe(),
      HasSubstr("TasksMax="));
}

TEST(ResourcesDeathTest, AThreadWithoutMemoryEndsTheProcessWithAStatus) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        end_on_lack_of_resources(7);
        const std::function<void()> work = [] { throw std::bad_alloc(); };
        [&]() noexcept { work(); }();
      },
      testing::ExitedWithCode(7), "RLIMIT_AS");
}

TEST(ResourcesDeathTest, TheEndComesWhateverIsWaitedFor) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        end_within(1, 7);
        for (;;) ::pause();
      },
      testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace slewd::os
