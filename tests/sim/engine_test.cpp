// SPDX-License-Identifier: Apache-2.0
// The whole client in the virtual world: what issue by issue must never break again.
#include <cmath>

#include <gtest/gtest.h>

#include "base/duration.hpp"

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::Phase;

TEST(EngineInTheSimulator, LocksWithinSecondsAndStaysWithinMicrosecondsOnALan) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    EngineWorld run(seed, ten_off());
    run.add_server("a", kLan);
    run.start();
    ASSERT_TRUE(run.world.run_until([&] { return run.phase() == Phase::sync; }, 15s))
        << "seed " << seed;
    run.world.run_for(2h);
    run.reset_error();
    run.world.run_for(10h);
    EXPECT_LT(run.rms(), 100e-6) << "seed " << seed;
    expect_sound(run);
  }
}

TEST(EngineInTheSimulator, FindsA90PpmOscillator) {
  EngineWorld run(1, {.oscillator = {.frequency = Ppm{90}, .wander = 1e-9}});
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(1h);
  EXPECT_NEAR(run.snapshot()->clock.frequency->value, -90, 0.5);
  EXPECT_LT(magnitude(run.client.true_offset()), 1ms);
  expect_sound(run);
}

TEST(EngineInTheSimulator, SlewsAnElevenSecondErrorHomeAtTheLimitOfTheRate) {
  for (const Nanos error : {Nanos(11s), Nanos(-11s)}) {
    core::CoreConfig config = EngineWorld::default_config();
    config.steering.large_offset_slew = Ppm{10'000};
    EngineWorld run(3, {.offset = error, .oscillator = {.frequency = Ppm{10}}}, config);
    run.add_server("a", kLan);
    run.start();
    const bool home =
        run.world.run_until([&] { return magnitude(run.client.true_offset()) < 128ms; }, 1155s);
    EXPECT_TRUE(home) << "within 1.05 of (11 s - 128 ms) / 10000 ppm; left: "
                      << format(run.client.true_offset());
    run.world.run_for(10min);
    EXPECT_LT(magnitude(run.client.true_offset()), 1ms);
    EXPECT_EQ(run.snapshot()->adjustments.steps, 0U);
    expect_sound(run);
  }
}

TEST(EngineInTheSimulator, StepsForwardOnceAtStartupWhenAllowed) {
  core::CoreConfig config;
  EngineWorld run(4, {.offset = 15min}, config);
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(30s);
  EXPECT_LT(magnitude(run.client.true_offset()), 10ms);
  EXPECT_EQ(run.snapshot()->adjustments.steps, 1U);
  ASSERT_EQ(run.jumps.size(), 1U);
  EXPECT_EQ(run.jumps[0].cause, core::JumpCause::own_step);
  EXPECT_EQ(run.phase(), Phase::sync);
  EXPECT_FALSE(run.visited(Phase::alarm));
}

TEST(EngineInTheSimulator, NeverStepsBackwardsByDefault) {
  EngineWorld run(4, {.offset = -30s}, core::CoreConfig());
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(30min);
  EXPECT_EQ(run.snapshot()->adjustments.steps, 0U);
  EXPECT_GT(run.client.true_offset(), -30s);
  expect_sound(run);
}

TEST(EngineInTheSimulator, ALyingServerIsOutvoted) {
  EngineWorld run(6, ten_off());
  for (const char* name : {"a", "b", "c"}) run.add_server(name, kWan);
  sim::ServerHost& liar = run.add_server("liar", kWan);
  liar.personality.offset = 500ms;
  run.start();
  run.world.run_for(10min);
  run.reset_error();
  run.world.run_for(2h);
  EXPECT_EQ(run.snapshot()->sources[3].state, core::SourceState::falseticker);
  liar.personality.offset = 5s;
  run.world.run_for(2h);
  EXPECT_EQ(run.snapshot()->sources[3].state, core::SourceState::falseticker);
  EXPECT_LT(run.largest_error(), 4ms);
  EXPECT_FALSE(run.visited(Phase::spike));
  expect_sound(run);
}

TEST(EngineInTheSimulator, ASingleServersSpikeIsNotFollowed) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    core::CoreConfig config = EngineWorld::default_config();
    config.poll.maximum = 256s;  // longer, and the ten minutes may pass between two polls
    EngineWorld run(seed, ten_off(), config);
    sim::ServerHost& server = run.add_server("a", kLan);
    run.start();
    run.world.run_for(2h);
    run.reset_error();
    server.personality.offset = 5500ms;
    run.world.run_for(600s);
    server.personality.offset = 0ms;
    run.world.run_for(30min);
    EXPECT_TRUE(run.visited(Phase::spike)) << "seed " << seed;
    EXPECT_EQ(run.phase(), Phase::sync) << "seed " << seed;
    EXPECT_LT(run.largest_error(), 2ms) << "seed " << seed;
    expect_sound(run);
  }
}

TEST(EngineInTheSimulator, AnOffsetThatStandsTheWatchIsAccepted) {
  core::CoreConfig config = EngineWorld::default_config();
  config.steering.large_offset_slew = Ppm{100'000};
  EngineWorld run(8, ten_off(), config);
  sim::ServerHost& server = run.add_server("a", kLan);
  run.start();
  run.world.run_for(2h);
  server.personality.offset = 6s;
  run.world.run_for(1h);
  EXPECT_EQ(run.snapshot()->phase.event_50, 1U);
  EXPECT_EQ(run.phase(), Phase::sync);
  EXPECT_LT(magnitude(run.client.true_offset() + 6s), 5ms);
}

TEST(EngineInTheSimulator, TwoSourcesThatAgreeAreBelievedBeforeTheWatchIsOver) {
  EngineWorld run(9, ten_off());
  std::vector<sim::ServerHost*> servers;
  for (const char* name : {"a", "b", "c"}) servers.push_back(&run.add_server(name, kLan));
  run.start();
  run.world.run_for(2h);
  for (sim::ServerHost* server : servers) server->personality.offset = 6s;
  run.world.run_for(600s);
  EXPECT_EQ(run.snapshot()->phase.event_50, 1U);
  EXPECT_NE(run.phase(), Phase::spike);
}

TEST(EngineInTheSimulator, WithoutPermissionItObservesAndSaysWhy) {
  EngineWorld run(11, ten_off());
  run.add_server("a", kLan);
  run.client.driver().deny(true);
  run.start();
  run.world.run_for(10min);
  EXPECT_EQ(run.phase(), Phase::observe);
  EXPECT_FALSE(run.snapshot()->steering);
  EXPECT_FALSE(run.snapshot()->observe_reason.empty());
  EXPECT_EQ(run.client.kernel().frequency(), Ppm{0});
  // It still knows how wrong the clock is.
  EXPECT_LT(magnitude(*run.snapshot()->clock.offset - run.client.true_offset()), 1ms);
}

TEST(EngineInTheSimulator, TheKernelsFlagsAreKeptHonest) {
  EngineWorld run(12, ten_off());
  run.add_server("a", kLan);
  EXPECT_TRUE(run.client.kernel().unsynchronized());
  run.start();
  run.world.run_for(10min);
  EXPECT_FALSE(run.client.kernel().unsynchronized());
  EXPECT_LT(run.client.kernel().max_error(), 1s);
  EXPECT_GE(run.client.kernel().max_error(), magnitude(run.client.true_offset()));
}

TEST(EngineInTheSimulator, TheFrequencyIsOnDiskBeforeASlewAndRestoredAtAStop) {
  EngineWorld run(13, {.offset = 2s, .oscillator = {.frequency = Ppm{30}}});
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(5min);
  ASSERT_TRUE(run.client.drift_store().load());
  EXPECT_NEAR(run.client.drift_store().load()->frequency.value, -30, 3);
  EXPECT_NE(run.snapshot()->clock.slew_rate, Ppm{0});
  run.engine().stop();
  EXPECT_NEAR(run.client.kernel().rate().value, -30, 3);
}

TEST(EngineInTheSimulator, ADeniedServerIsAskedOnceAnHourAndServesAgain) {
  EngineWorld run(14, ten_off());
  sim::ServerHost& server = run.add_server("a", kLan);
  run.start();
  run.world.run_for(10min);
  server.personality.manner = sim::ServerManner::kiss_deny;
  run.world.run_for(30min);
  const auto asked = server.requests;
  run.world.run_for(10h);
  EXPECT_LE(server.requests, asked + 12);
  EXPECT_GE(server.requests, asked + 9);
  EXPECT_EQ(run.phase(), Phase::holdover);
  EXPECT_EQ(run.snapshot()->sources[0].reach, 0) << "so that an alert sees it";
  server.personality.manner = sim::ServerManner::honest;
  run.world.run_for(61min);
  EXPECT_EQ(run.phase(), Phase::sync);
}

TEST(EngineInTheSimulator, WithoutADriftFileTheKernelsFrequencyIsTheFirstGuess) {
  EngineWorld run(16, {.oscillator = {.frequency = Ppm{60}, .wander = 1e-9}});
  run.add_server("a", kLan);
  run.client.kernel().set_frequency(Ppm{-60});
  run.start();
  EXPECT_NEAR(run.client.kernel().frequency().value, -60, 1e-3);
  run.world.run_for(10min);
  EXPECT_LT(run.largest_error(), 1ms);
}

TEST(EngineInTheSimulator, AConfidentDriftFileThatIsWrongBreaksNoBound) {
  EngineWorld run(20, {.oscillator = {.frequency = Ppm{8}, .wander = 1e-9}});
  ASSERT_TRUE(run.client.drift_store().save({Ppm{0}, Ppm{0.05}}));
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(12h);
  expect_sound(run);
}

TEST(EngineInTheSimulator, ARateKissEndsTheQuickStart) {
  EngineWorld run(21, ten_off());
  sim::ServerHost& server = run.add_server("a", kLan);
  server.personality.manner = sim::ServerManner::kiss_rate;
  run.start();
  run.world.run_for(20s);
  EXPECT_EQ(server.requests, 1U);
}

TEST(EngineInTheSimulator, ForgedRepliesNeverCount) {
  EngineWorld run(15, ten_off());
  sim::ServerHost& server = run.add_server("a", kLan);
  server.personality.manner = sim::ServerManner::bogus_origin;
  run.start();
  run.world.run_for(1h);
  EXPECT_EQ(run.phase(), Phase::unset);
  const auto& source = run.snapshot()->sources[0];
  EXPECT_EQ(source.responses, 0U);
  EXPECT_GT(source.rejected[static_cast<std::size_t>(core::Reject::bogus_origin)], 5U);
}

TEST(EngineInTheSimulator, TheSameSeedGivesTheSameTrace) {
  const auto hash_of = [](std::uint64_t seed) {
    EngineWorld run(seed, ten_off());
    run.add_server("a", kWan);
    run.add_server("b", kLan);
    run.start();
    run.world.run_for(24h);
    return run.world.trace_hash();
  };
  EXPECT_EQ(hash_of(1), hash_of(1));
  EXPECT_NE(hash_of(1), hash_of(2));
}

TEST(EngineInTheSimulator, AColdStartWithLongPollsStaysNearItsServers) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    EngineWorld run(seed, {.oscillator = {.frequency = Ppm{90}, .wander = 1e-9}},
                    with_long_polls());
    for (const char* name : {"a", "b", "c", "d"}) run.add_server(name, kWan);
    run.start();
    run.world.run_for(1min);
    run.reset_error();
    run.world.run_for(1h);
    EXPECT_LT(run.largest_error(), 6ms) << "seed " << seed;
  }
}

TEST(EngineInTheSimulator, AnOscillatorFarBeyondTheFirstGuessIsLearnedInMinutes) {
  core::CoreConfig config = with_long_polls();
  config.steering.large_offset_slew = Ppm{83'333};
  for (const double ppm : {-5000.0, 50'000.0, -50'000.0}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      EngineWorld run(seed, {.oscillator = {.frequency = Ppm{ppm}, .wander = 1e-9}}, config);
      run.add_server("a", kLan);
      run.start();
      run.world.run_for(10min);
      EXPECT_EQ(run.phase(), Phase::sync) << ppm << " ppm, seed " << seed;
      EXPECT_LT(magnitude(run.client.true_offset()), 1ms) << ppm << " ppm, seed " << seed;
      EXPECT_EQ(run.snapshot()->phase.event_50, 0U) << ppm << " ppm, seed " << seed;
    }
  }
}

}  // namespace
}  // namespace slewd::tests
