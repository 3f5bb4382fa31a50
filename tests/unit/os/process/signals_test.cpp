// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/signals.hpp"

#include <csignal>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>

#include "tests/unit/os/fakes.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

TEST(Signals, AreNotLostWhenTheyComeBeforeThePoll) {
  FakeClock clock;
  PollLoop loop(clock);
  std::vector<int> seen;
  const Signals signals(loop, [&](int number) { seen.push_back(number); });
  ASSERT_EQ(::raise(SIGHUP), 0);
  loop.run_once(Nanos::max());
  EXPECT_EQ(seen, std::vector<int>{SIGHUP});
  loop.run_once(0ns);
  EXPECT_EQ(seen.size(), 1U);
}

TEST(Signals, CountTheSameSignalOnceAndDifferentOnesEach) {
  FakeClock clock;
  PollLoop loop(clock);
  std::vector<int> seen;
  const Signals signals(loop, [&](int number) { seen.push_back(number); });
  for (const int number : {SIGINT, SIGTERM, SIGTERM}) ASSERT_EQ(::raise(number), 0);
  loop.run_once(Nanos::max());
  EXPECT_EQ(seen, (std::vector<int>{SIGTERM, SIGINT}));
}

TEST(Signals, InterruptAWaitInSingleThreadMode) {
  FakeClock clock;
  PollLoop loop(clock, PollLoop::Threading::single);
  const Signals signals(loop, [&](int) { loop.stop(); });
  const pthread_t here = ::pthread_self();
  // The signal is caught: it ends nothing.
  // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread,cert-pos44-c)
  const std::jthread other([here] { ::pthread_kill(here, SIGTERM); });
  loop.run();
  EXPECT_TRUE(loop.stopped());
}

TEST(Signals, PutThePreviousHandlersBack) {
  struct sigaction before {};
  ASSERT_EQ(::sigaction(SIGHUP, nullptr, &before), 0);
  FakeClock clock;
  PollLoop loop(clock);
  {
    const Signals signals(loop, [](int) {});
    struct sigaction pipe {};
    ASSERT_EQ(::sigaction(SIGPIPE, nullptr, &pipe), 0);
    EXPECT_EQ(pipe.sa_handler, SIG_IGN);
  }
  struct sigaction after {};
  ASSERT_EQ(::sigaction(SIGHUP, nullptr, &after), 0);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
  const Signals again(loop, [](int) {});
}

}  // namespace
}  // namespace slewd::os
