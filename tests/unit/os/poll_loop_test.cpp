// SPDX-License-Identifier: Apache-2.0
#include "agent/os/poll_loop.hpp"

#include <array>
#include <chrono>
#include <climits>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "base/fd.hpp"
#include "base/limits.hpp"

#include "tests/unit/os/fakes.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::pipe(ends.data()), 0);
    read = Fd(ends[0]);
    write = Fd(ends[1]);
  }
  void put(char c) const { EXPECT_EQ(::write(write.get(), &c, 1), 1); }
  char take() const {
    char c = 0;
    EXPECT_EQ(::read(read.get(), &c, 1), 1);
    return c;
  }
  Fd read;
  Fd write;
};

TEST(PollTimeout, IsRoundedUpSoThatAWaitNeverSpins) {
  EXPECT_EQ(poll_timeout(-5s), 0);
  EXPECT_EQ(poll_timeout(0ns), 0);
  EXPECT_EQ(poll_timeout(1ns), 1);
  EXPECT_EQ(poll_timeout(1ms), 1);
  EXPECT_EQ(poll_timeout(1ms + 1ns), 2);
  EXPECT_EQ(poll_timeout(Nanos::max()), INT_MAX);
}

TEST(PollLoop, CallsTimersInTheOrderOfTheirDeadlines) {
  FakeClock clock;
  PollLoop loop(clock);
  std::vector<int> calls;
  loop.at(clock.mono() + 3s, [&] { calls.push_back(3); });
  loop.at(clock.mono() + 1s, [&] { calls.push_back(1); });
  loop.at(clock.mono() + 1s, [&] { calls.push_back(2); });
  clock.advance(2s);
  loop.run_once(0ns);
  EXPECT_EQ(calls, (std::vector<int>{1, 2}));
  clock.advance(1s);
  loop.run_once(0ns);
  EXPECT_EQ(calls, (std::vector<int>{1, 2, 3}));
}

TEST(PollLoop, TrustsItsClockAndNotTheTimeoutOfPoll) {
  FakeClock clock;
  clock.per_look = 300us;  // slower than the real milliseconds that each poll waits
  PollLoop loop(clock);
  const MonoTime deadline = clock.mono() + 2ms;
  bool called = false;
  loop.at(deadline, [&] {
    called = true;
    EXPECT_GE(clock.mono(), deadline);
  });
  int rounds = 0;
  while (!called && ++rounds < 100) loop.run_once(Nanos::max());
  EXPECT_TRUE(called);
  EXPECT_GT(rounds, 1);
}

TEST(PollLoop, DoesNotCallACancelledTimer) {
  FakeClock clock;
  PollLoop loop(clock);
  bool called = false;
  const core::TimerId timer = loop.at(clock.mono(), [&] { called = true; });
  loop.cancel(timer);
  loop.cancel(timer);
  loop.cancel(core::TimerId{999});
  loop.run_once(0ns);
  EXPECT_FALSE(called);
}

TEST(PollLoop, DoesNotCallADueTimerThatAnotherCallbackCancelled) {
  FakeClock clock;
  PollLoop loop(clock);
  core::TimerId second{};
  bool called = false;
  loop.at(clock.mono(), [&] { loop.cancel(second); });
  second = loop.at(clock.mono(), [&] { called = true; });
  loop.run_once(0ns);
  loop.run_once(0ns);
  EXPECT_FALSE(called);
}

TEST(PollLoop, ServesATimerThatRenewsItselfOnceARound) {
  FakeClock clock;
  PollLoop loop(clock);
  int calls = 0;
  std::function<void()> renew = [&] {
    ++calls;
    loop.at(clock.mono(), renew);
  };
  loop.at(clock.mono(), renew);
  loop.run_once(0ns);
  EXPECT_EQ(calls, 1);
  loop.run_once(Nanos::max());
  EXPECT_EQ(calls, 2);
}

TEST(PollLoop, CallsAWatchOnceForEachRoundInWhichItsDescriptorIsReady) {
  FakeClock clock;
  PollLoop loop(clock);
  const Pipe pipe;
  std::string got;
  loop.watch(pipe.read.get(), POLLIN, [&](short revents) {
    EXPECT_EQ(revents, POLLIN);
    got += pipe.take();
  });
  pipe.put('a');
  pipe.put('b');
  loop.run_once(Nanos::max());
  EXPECT_EQ(got, "a");
  loop.run_once(Nanos::max());
  EXPECT_EQ(got, "ab");
  loop.run_once(0ns);
  EXPECT_EQ(got, "ab");
}

TEST(PollLoop, SurvivesAWatchThatEndsItselfAndItsNeighbour) {
  FakeClock clock;
  PollLoop loop(clock);
  const Pipe first;
  const Pipe second;
  int calls = 0;
  const auto end_both =
      [&, name = std::string("kept alive while it runs, long enough to move")](short) {
        loop.unwatch(first.read.get());
        loop.unwatch(second.read.get());
        EXPECT_EQ(name.size(), 45U);
        ++calls;
      };
  loop.watch(first.read.get(), POLLIN, end_both);
  loop.watch(second.read.get(), POLLIN, end_both);
  first.put('x');
  second.put('x');
  loop.run_once(Nanos::max());
  EXPECT_EQ(calls, 1);
  loop.run_once(0ns);
  EXPECT_EQ(calls, 1);
}

TEST(PollLoop, DoesNotGiveOldReadinessToANewWatchOfTheSameDescriptor) {
  FakeClock clock;
  PollLoop loop(clock);
  const Pipe first;
  const Pipe second;
  ASSERT_LT(first.read.get(), second.read.get());
  bool called = false;
  loop.watch(first.read.get(), POLLIN, [&](short) {
    first.take();
    loop.watch(second.read.get(), POLLIN, [&](short) { called = true; });
  });
  loop.watch(second.read.get(), POLLIN, [&](short) { ADD_FAILURE() << "was replaced"; });
  first.put('x');
  second.put('x');
  loop.run_once(Nanos::max());
  EXPECT_FALSE(called);
  loop.run_once(Nanos::max());
  EXPECT_TRUE(called);
}

TEST(PollLoop, ForgetsADescriptorThatWasClosedUnderIt) {
  FakeClock clock;
  PollLoop loop(clock);
  Pipe pipe;
  std::vector<short> told;
  loop.watch(pipe.read.get(), POLLIN, [&](short revents) { told.push_back(revents); });
  pipe.read.reset();
  loop.run_once(0ns);
  loop.run_once(0ns);
  EXPECT_EQ(told, std::vector<short>{POLLNVAL});
}

TEST(PollLoop, RunsWorkThatOtherThreadsPost) {
  FakeClock clock;
  PollLoop loop(clock);
  constexpr int kThreads = 4;
  constexpr int kEach = 100;
  int served = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int letter = 0; letter < kEach; ++letter) {
          while (!loop.post([&] {
            if (++served == kThreads * kEach) loop.stop();
          }))
            std::this_thread::yield();
        }
      });
    }
    loop.run();
  }
  EXPECT_EQ(served, kThreads * kEach);
}

TEST(PollLoop, RefusesAndCountsLettersBeyondTheBound) {
  FakeClock clock;
  PollLoop loop(clock);
  std::size_t served = 0;
  for (std::size_t i = 0; i < limits::kMailbox; ++i) EXPECT_TRUE(loop.post([&] { ++served; }));
  EXPECT_FALSE(loop.post([&] { ++served; }));
  EXPECT_EQ(loop.dropped(), 1U);
  loop.run_once(Nanos::max());
  EXPECT_EQ(served, limits::kMailbox);
  EXPECT_TRUE(loop.post([] {}));
}

TEST(PollLoop, ServesALetterThatALetterPostsInTheNextRound) {
  for (const auto threading : {PollLoop::Threading::multi, PollLoop::Threading::single}) {
    FakeClock clock;
    PollLoop loop(clock, threading);
    bool called = false;
    loop.post([&] { loop.post([&] { called = true; }); });
    loop.run_once(Nanos::max());
    EXPECT_FALSE(called);
    loop.run_once(Nanos::max());
    EXPECT_TRUE(called);
  }
}

TEST(PollLoop, StopsFromAnotherThreadWhileItWaits) {
  FakeClock clock;
  PollLoop loop(clock);
  std::jthread other([&] { loop.stop(); });
  loop.run();
  EXPECT_TRUE(loop.stopped());
}

TEST(PollLoop, CallsNothingMoreAfterAStop) {
  FakeClock clock;
  PollLoop loop(clock);
  loop.post([&] { loop.stop(); });
  loop.post([] { ADD_FAILURE() << "after the stop"; });
  loop.at(clock.mono(), [] { ADD_FAILURE() << "after the stop"; });
  loop.run();
  loop.run_once(0ns);
}

TEST(PollLoop, HasNoPipeInSingleThreadMode) {
  FakeClock clock;
  EXPECT_LT(PollLoop(clock, PollLoop::Threading::single).wake_descriptor(), 0);
  EXPECT_GE(PollLoop(clock).wake_descriptor(), 0);
}

}  // namespace
}  // namespace slewd::os
