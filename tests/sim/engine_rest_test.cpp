// SPDX-License-Identifier: Apache-2.0
// What the engine asks of the kernel and how often it wakes, while somebody else compares the
// clocks each second and tells (agent/os/machine/machine_witnesses.hpp), and while not.
#include <gtest/gtest.h>

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::Phase;

// A client in Sync whose core rests.
struct Resting {
  explicit Resting(core::PollRange poll = {64s, 64s}, core::Mode mode = core::Mode::automatic)
      : run(41, ten_off(), config(poll, mode)) {
    server = &run.add_server("a", kLan);
    run.start();
    run.engine().rely_on_witnesses(true);
    run.world.run_for(2h);
  }
  static core::CoreConfig config(core::PollRange poll, core::Mode mode) {
    core::CoreConfig config = EngineWorld::default_config();
    config.poll = poll;
    config.mode = mode;
    return config;
  }
  // Timers, and packets that arrive.
  [[nodiscard]] std::uint64_t wakes() {
    return run.client.timers().rings() + run.snapshot()->sources[0].responses;
  }

  EngineWorld run;
  sim::ServerHost* server = nullptr;
};

struct Rates {
  double wakes = 0;  // for each poll
  double calls = 0;
  double read_backs = 0;
};
Rates rates_of(Resting& resting, Nanos time) {
  const auto polls_before = resting.run.snapshot()->sources[0].requests;
  const auto wakes = resting.wakes();
  const auto calls = resting.run.driver().calls();
  const auto read_backs = resting.run.driver().read_backs();
  resting.run.world.run_for(time);
  const auto polls =
      static_cast<double>(resting.run.snapshot()->sources[0].requests - polls_before);
  return {
      .wakes = static_cast<double>(resting.wakes() - wakes) / polls,
      .calls = static_cast<double>(resting.run.driver().calls() - calls) / polls,
      .read_backs = static_cast<double>(resting.run.driver().read_backs() - read_backs) / polls};
}

TEST(EngineAtRest, WakesForItsPollsAndSlewsAndForAFewLooks) {
  for (const Nanos poll : {64s, 256s, 1024s}) {
    Resting resting({poll, poll});
    const Rates rates = rates_of(resting, 48h);
    EXPECT_LE(rates.wakes, 8) << format(poll) << ": chronyd makes four";
    EXPECT_LE(rates.calls, 4) << format(poll);
    EXPECT_LE(rates.read_backs, 5) << format(poll);
    EXPECT_LT(magnitude(resting.run.client.true_offset()), 200us);
  }
}

TEST(EngineAtRest, WhoOnlyObservesSetsNothing) {
  Resting resting({64s, 64s}, core::Mode::observe);
  const Rates rates = rates_of(resting, 24h);
  EXPECT_LE(rates.wakes, 5);
  EXPECT_EQ(rates.calls, 0);
  EXPECT_LE(rates.read_backs, 2);
}

TEST(EngineAtRest, ALookEachSecondAsksTheKernelOnlyOnceAMinute) {
  Resting resting;
  resting.run.engine().rely_on_witnesses(false);
  const Rates rates = rates_of(resting, 24h);
  EXPECT_GE(rates.wakes, 60);
  EXPECT_LE(rates.calls, 4);
  EXPECT_LE(rates.read_backs, 2);
}

TEST(EngineAtRest, WhatIsToldIsSeenAtOnce) {
  Resting resting({1024s, 1024s});
  resting.run.client.kernel().set_frequency(Ppm{42});
  resting.run.engine().on_sign();
  EXPECT_EQ(resting.run.phase(), Phase::observe);
  ASSERT_EQ(resting.run.jumps.size(), 1U);
  EXPECT_LE(resting.run.jumps[0].latency, 4s);
}

TEST(EngineAtRest, WhatNoWatchCanTellIsSeenAtTheNextLook) {
  Resting resting({1024s, 1024s});
  const auto polled = resting.run.snapshot()->sources[0].responses;
  ASSERT_TRUE(resting.run.world.run_until(
      [&] { return resting.run.snapshot()->sources[0].responses > polled; }, 2048s));
  resting.run.world.run_for(30s);  // the slew is over
  resting.run.client.kernel().set_frequency(resting.run.client.kernel().frequency() + Ppm{0.3});
  resting.run.world.run_for(513s);
  EXPECT_EQ(resting.run.phase(), Phase::observe);
}

TEST(EngineAtRest, FlagsThatASetClockHasClearedAreSetAtOnce) {
  Resting resting({1024s, 1024s});
  ASSERT_FALSE(resting.run.client.kernel().unsynchronized());
  resting.run.client.kernel().step(20ms);
  ASSERT_TRUE(resting.run.client.kernel().unsynchronized());
  resting.run.world.run_for(100ms);
  EXPECT_FALSE(resting.run.client.kernel().unsynchronized());
}

TEST(EngineAtRest, ServersThatFallSilentAreMissedInTime) {
  Resting resting({64s, 1024s});
  resting.run.world.run_for(12h);
  const auto last = *resting.run.snapshot()->clock.last_update;
  const Nanos interval = *resting.run.snapshot()->sources[0].poll_interval;
  resting.server->personality.manner = sim::ServerManner::silent;
  ASSERT_TRUE(resting.run.world.run_until([&] { return resting.run.phase() == Phase::holdover; },
                                          8 * interval));
  EXPECT_LE(resting.run.client.kernel().mono() - last, 4 * interval + 2s);
}

TEST(EngineAtRest, TheKernelsBoundStaysNearOurOwnWithoutACallForEachSample) {
  core::CoreConfig config = EngineWorld::default_config();
  config.poll = {16s, 16s};
  EngineWorld run(42, ten_off(), config);
  for (const char* name : {"a", "b", "c", "d"}) run.add_server(name, kLan);
  run.start();
  run.world.run_for(2h);
  run.world.every(1s, [&] {
    const Nanos told = run.client.kernel().max_error();
    const Nanos bound = *run.clock_now().error_bound;
    EXPECT_GE(told, magnitude(run.client.true_offset()));
    EXPECT_LE(told, bound + 16ms + 9ms) << "a sample comes every few seconds";
  });
  run.world.run_for(1h);
}

TEST(EngineAtRest, ASnapshotIsDueBeforeTheNextOneComes) {
  for (const bool rests : {true, false}) {
    Resting resting({256s, 256s});
    resting.run.engine().rely_on_witnesses(rests);
    resting.run.world.every(1s, [&] {
      const auto snapshot = resting.run.snapshot();
      EXPECT_LE(resting.run.client.kernel().mono(), snapshot->due + 1s);
      EXPECT_LE(snapshot->due - snapshot->published, rests ? 257s : 16s);
    });
    resting.run.world.run_for(2h);
  }
}

}  // namespace
}  // namespace slewd::tests
