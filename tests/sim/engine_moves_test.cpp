// SPDX-License-Identifier: Apache-2.0
// What has moved when samples are not where they were foretold, and what the clock does about it.
#include <cmath>

#include <gtest/gtest.h>

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

// Three servers, and a client that has been steady for a while.
class SteadyWorld {
 public:
  SteadyWorld(std::uint64_t seed, const sim::LinkLaw& law, int count = 3,
              core::CoreConfig config = EngineWorld::default_config())
      : run(seed, ten_off(), std::move(config)) {
    for (int i = 0; i < count; ++i)
      servers.push_back(&run.add_server("s" + std::to_string(i), law));
    run.start();
    run.world.run_for(2h + static_cast<int>(seed) * 137s);
  }
  [[nodiscard]] std::uint64_t requests() const {
    std::uint64_t sum = 0;
    for (const sim::ServerHost* server : servers) sum += server->requests;
    return sum;
  }
  void run_to_next_poll() {
    const std::uint64_t before = requests();
    ASSERT_TRUE(run.world.run_until([&] { return requests() > before; }, 30min));
  }
  // The offset that is published, less the true one.
  [[nodiscard]] Nanos wrong_by() {
    return magnitude(*run.snapshot()->clock.offset - run.client.true_offset());
  }
  [[nodiscard]] bool bound_holds() {
    return magnitude(run.client.true_offset()) <= *run.snapshot()->clock.error_bound;
  }

  EngineWorld run;
  std::vector<sim::ServerHost*> servers;
};

TEST(EngineMoves, ALossThatNobodyTellsOfIsBelievedAtTheFirstPollAfterIt) {
  // Where queues are as long as the loss, one late answer alone cannot show it.
  const sim::LinkLaw calm_wan{.delay = 20ms, .jitter = 300us};
  for (const auto& law : {kLan, calm_wan}) {
    for (const Nanos lost : {Nanos(5ms), Nanos(20ms), Nanos(100ms), Nanos(300ms)}) {
      for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        SteadyWorld steady(seed, law);
        steady.run.client.pause(lost);
        steady.run.world.run_for(lost);
        steady.run_to_next_poll();
        steady.run.world.run_for(5s);
        EXPECT_LT(steady.wrong_by(), lost / 5 + 1ms) << lost.count() << " ns, seed " << seed;
        for (int i = 0; i < 20; ++i) {
          steady.run.world.run_for(1s);
          EXPECT_TRUE(steady.bound_holds()) << lost.count() << " ns, seed " << seed;
        }
        steady.run.world.run_for(lost * 2000 + 60s);
        EXPECT_LT(magnitude(steady.run.client.true_offset()), 2ms)
            << lost.count() << " ns, seed " << seed;
        EXPECT_NEAR(steady.run.programmed()->frequency.value, -10, 10) << "seed " << seed;
      }
    }
  }
}

TEST(EngineMoves, OfALoneServerThreeQuickSamplesAreBelieved) {
  for (const Nanos lost : {Nanos(5ms), Nanos(20ms), Nanos(100ms)}) {
    SteadyWorld steady(1, kLan, 1);
    steady.run.client.pause(lost);
    steady.run.world.run_for(lost);
    steady.run_to_next_poll();
    steady.run.world.run_for(100ms);
    EXPECT_TRUE(steady.bound_holds()) << "before it is believed, it is admitted";
    steady.run.world.run_for(8s);
    EXPECT_LT(steady.wrong_by(), lost / 10) << lost.count() << " ns";
  }
}

// How many quick samples it takes depends on what these say: in 36 runs two may take longer.
TEST(EngineMoves, AnOscillatorThatLeapsIsLearnedInQuickPolls) {
  int late = 0;
  int outside = 0;
  for (const double ppm : {100.0, 500.0, 1000.0}) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      SteadyWorld steady(seed, kLan);
      const auto off_by = [&] {
        return std::abs(steady.run.snapshot()->clock.frequency->value + 10 + ppm);
      };
      steady.run.client.shift_frequency(Ppm{ppm});
      steady.run_to_next_poll();
      steady.run.world.run_for(1min);
      if (off_by() > 15) ++late;
      bool held = true;
      for (int i = 0; i < 600; ++i) {
        steady.run.world.run_for(1s);
        held = held && steady.bound_holds();
      }
      if (!held) ++outside;
      EXPECT_LT(off_by(), 15) << ppm << " ppm, seed " << seed;
    }
  }
  EXPECT_LE(late, 2);
  EXPECT_LE(outside, 1);
}

TEST(EngineMoves, TwoOddAnswersAtTheStartDoNoHarm) {
  for (const int count : {1, 3}) {
    for (const Nanos odd : {Nanos(5ms), Nanos(20ms), Nanos(125ms)}) {
      for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        EngineWorld run(seed, {.oscillator = {.frequency = Ppm{12}, .wander = 1e-9}});
        sim::ServerHost& server = run.add_server("odd", kLan);
        for (int i = 1; i < count; ++i) run.add_server("s" + std::to_string(i), kLan);
        run.start();
        ASSERT_TRUE(run.world.run_until([&] { return server.requests == 1; }, 1min));
        run.world.run_for(500ms);
        server.personality.offset = seed % 2 == 0 ? odd : -odd;
        ASSERT_TRUE(run.world.run_until([&] { return server.requests == 3; }, 1min));
        run.world.run_for(500ms);
        server.personality.offset = 0ms;
        run.world.run_for(2h);
        EXPECT_LT(run.largest_error(), odd * 3 / 2) << odd.count() << " ns, seed " << seed;
        EXPECT_LT(magnitude(run.client.true_offset()), 1ms) << "seed " << seed;
      }
    }
  }
}

// Answers that contradict each other fit many frequencies; none of them carries the clock through
// an outage of hours.
TEST(EngineMoves, WhatALoneServerContradictsIsNoFrequencyForAnOutage) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    EngineWorld run(seed, {.oscillator = {.frequency = Ppm{6}, .wander = 1e-9}});
    sim::ServerHost& server = run.add_server("a", kLan);
    run.start();
    std::uint64_t asked = 0;
    for (int i = 0; i < 300; ++i) {
      run.world.run_for(1s);
      if (server.requests == asked) continue;
      asked = server.requests;
      server.personality.offset = asked % 5 < 2 ? -7ms : 0ms;
    }
    server.personality.manner = sim::ServerManner::silent;
    run.world.run_for(5h);
    EXPECT_LT(magnitude(run.client.true_offset()), 300ms) << "seed " << seed;
    server.personality = {};
    run.world.run_for(2h);
    EXPECT_LT(run.largest_error(), 400ms) << "seed " << seed;
    EXPECT_LT(magnitude(run.client.true_offset()), 10ms) << "seed " << seed;
  }
}

// The filters began with it; that the others contradict it is the error of its path.
TEST(EngineMoves, AFirstServerThatOthersContradictMovesNoFrequency) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    EngineWorld run(seed, {.oscillator = {.frequency = Ppm{12}, .wander = 1e-9}});
    sim::ServerHost& first = run.add_server("first", kLan);
    first.personality.offset = 1200us;
    first.personality.root_dispersion = 1ms;
    for (const char* name : {"b", "c", "d"})
      run.add_server(name, {.delay = 150us, .jitter = 20us}).personality.root_dispersion = 1ms;
    run.start();
    run.world.run_for(10min);
    EXPECT_LT(run.largest_error(), 2ms) << "seed " << seed;
    EXPECT_NEAR(run.snapshot()->clock.frequency->value, -12, 5) << "seed " << seed;
  }
}

TEST(EngineMoves, TheNearestServerThatLiesForAWhilePullsNothing) {
  for (const Nanos lie : {Nanos(5ms), Nanos(20ms), Nanos(100ms), Nanos(500ms)}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      core::CoreConfig config = EngineWorld::default_config();
      config.poll = {4s, 16s};
      EngineWorld run(seed, ten_off(), config);
      sim::ServerHost& best = run.add_server("best", kLan);
      run.add_server("middle", {.delay = 5ms, .jitter = 300us});
      run.add_server("worst", kWan);
      run.start();
      run.world.run_for(10min + static_cast<int>(seed) * 7s);
      run.reset_error();
      best.personality.offset = lie;
      run.world.run_for(90s);
      best.personality.offset = 0ms;
      run.world.run_for(20min);
      EXPECT_LT(run.largest_error(), 500us) << lie.count() << " ns, seed " << seed;
      EXPECT_NEAR(run.snapshot()->clock.frequency->value, -10, 1) << "seed " << seed;
    }
  }
}

// 10 ppm more each ten minutes: the base frequency ends at what oscillators do, and what lies
// beyond is a slew, which ends with its lease.
TEST(EngineMoves, ALiarDoesNotWalkTheBaseFrequencyAway) {
  SteadyWorld steady(1, kLan, 1);
  double rate = 0;
  for (int minute = 0; minute < 12 * 60; ++minute) {
    if (minute % 10 == 0) rate += 10e-6;
    for (int i = 0; i < 6; ++i) {
      steady.servers[0]->personality.offset += from_seconds(rate * 10);
      steady.run.world.run_for(10s);
    }
    ASSERT_LE(magnitude(steady.run.programmed()->frequency), core::kPlausibleOscillator);
  }
  EXPECT_GT(rate, 700e-6);
}

}  // namespace
}  // namespace slewd::tests
