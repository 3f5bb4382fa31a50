// SPDX-License-Identifier: Apache-2.0
#include "sim/virtual_timers.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "sim/world.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

class VirtualTimersTest : public testing::Test {
 protected:
  MonoTime mono() { return client_.clock().now().mono; }
  core::TimerId in(Nanos delay, int mark) {
    return client_.timers().at(mono() + delay, [this, mark] {
      rang_.push_back(mark);
      when_.push_back(world_.now() - kWorldStart);
    });
  }

  World world_{1};
  ClientMachine& client_ = world_.add_client();
  std::vector<int> rang_;
  std::vector<Nanos> when_;
};

TEST_F(VirtualTimersTest, RingOnceInOrderOfTheirDeadlines) {
  in(3s, 3);
  in(1s, 1);
  in(2s, 2);
  world_.run_for(1h);
  EXPECT_EQ(rang_, (std::vector{1, 2, 3}));
  EXPECT_EQ(when_, (std::vector<Nanos>{1s, 2s, 3s}));
  EXPECT_EQ(client_.timers().pending(), 0U);
}

TEST_F(VirtualTimersTest, RingInOrderOfTheirCallsWhenDueTogether) {
  in(1s, 1);
  in(1s, 2);
  world_.run_for(2s);
  EXPECT_EQ(rang_, (std::vector{1, 2}));
}

TEST_F(VirtualTimersTest, DoNotRingInsideTheCallEvenWhenDue) {
  in(-5s, 1);
  EXPECT_TRUE(rang_.empty());
  world_.run_for(0s);
  EXPECT_EQ(rang_, (std::vector{1}));
}

TEST_F(VirtualTimersTest, CancelledOnesDoNotRing) {
  const core::TimerId first = in(1s, 1);
  in(2s, 2);
  client_.timers().cancel(first);
  client_.timers().cancel(first);
  client_.timers().cancel(static_cast<core::TimerId>(999));
  world_.run_for(10s);
  EXPECT_EQ(rang_, (std::vector{2}));
  EXPECT_EQ(when_, (std::vector<Nanos>{2s}));
}

TEST_F(VirtualTimersTest, ACallbackMayAddAndCancelTimers) {
  core::TimerId second{};
  client_.timers().at(mono() + 1s, [&] {
    client_.timers().cancel(second);
    in(1s, 3);
  });
  second = in(1s, 2);
  world_.run_for(10s);
  EXPECT_EQ(rang_, (std::vector{3}));
  EXPECT_EQ(when_, (std::vector<Nanos>{2s}));
}

TEST_F(VirtualTimersTest, FollowTheRateThatChangesWhileTheyRun) {
  in(100s, 1);
  world_.run_for(50s);
  ASSERT_TRUE(client_.driver().set_frequency(Ppm{100'000}));
  world_.run_for(1h);
  ASSERT_EQ(when_.size(), 1U);
  EXPECT_NEAR(to_seconds(when_[0]), 50 + 50 / 1.1, 1e-6);
}

TEST_F(VirtualTimersTest, FollowASingleshotBeyondItsEnd) {
  ASSERT_TRUE(client_.driver().start_singleshot(-5ms));
  in(100s, 1);
  world_.run_for(1h);
  ASSERT_EQ(when_.size(), 1U);
  EXPECT_EQ(when_[0], 100s + 5ms);
}

TEST_F(VirtualTimersTest, DoNotCareForSteps) {
  in(10s, 1);
  world_.run_for(5s);
  client_.kernel().step(-1h);
  world_.run_for(1h);
  EXPECT_EQ(when_, (std::vector<Nanos>{10s}));
}

TEST_F(VirtualTimersTest, NeverRingEarlyOnAWanderingClock) {
  ClientMachine& wild =
      world_.add_client({.name = "wild", .oscillator = {.frequency = Ppm{50}, .wander = 1e-7}});
  Random random = world_.random("deadlines");
  int rang = 0;
  std::function<void()> again = [&] {
    const auto delay = Nanos{static_cast<std::int64_t>(random.next() % 90'000'000'000)};
    const MonoTime deadline = wild.clock().now().mono + delay;
    wild.timers().at(deadline, [&, deadline] {
      ++rang;
      const Nanos late = wild.clock().now().mono - deadline;
      ASSERT_GE(late, 0s);
      ASSERT_LT(late, 1ms);  // the wander during one wait
      again();
    });
  };
  again();
  world_.run_for(10h);
  EXPECT_GT(rang, 500);
}

}  // namespace
}  // namespace slewd::sim
