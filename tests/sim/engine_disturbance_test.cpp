// SPDX-License-Identifier: Apache-2.0
// What happens to a machine and its servers, and how the client takes it.
#include <cmath>

#include <gtest/gtest.h>

#include "base/duration.hpp"

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::Phase;

TEST(EngineDisturbed, SomebodyWhoStepsTheClockAgainAndAgainNeitherSilencesNorFloodsUs) {
  EngineWorld run(17, ten_off());
  sim::ServerHost& server = run.add_server("a", kLan);
  run.start();
  run.world.run_for(1h);
  const auto before = server.requests;
  run.world.every(100ms, [&run] { run.client.kernel().step(3ms); });
  run.world.run_for(10min);
  EXPECT_GT(server.requests, before + 20) << "polls must go on";
  EXPECT_LT(server.requests, before + 400) << "at most one in 2 s";
  EXPECT_NEAR(to_seconds(run.client.true_offset()), -18, 1);
}

TEST(EngineDisturbed, AnOscillatorThatHasChangedIsFollowedWhateverTheSources) {
  for (const double ppm : {20.0, 500.0, 2000.0, 10'000.0}) {
    for (const int servers : {1, 3}) {
      core::CoreConfig config = EngineWorld::default_config();
      config.steering.large_offset_slew = Ppm{50'000};
      EngineWorld run(41, ten_off(), config);
      for (int i = 0; i < servers; ++i) run.add_server("s" + std::to_string(i), kLan);
      run.start();
      run.world.run_for(3h);
      run.client.shift_frequency(Ppm{ppm});
      run.world.run_for(6h);
      EXPECT_EQ(run.phase(), Phase::sync) << ppm << " ppm, " << servers << " servers";
      EXPECT_LT(magnitude(run.client.true_offset()), 5ms) << ppm << " ppm, " << servers;
    }
  }
}

TEST(EngineDisturbed, APauseThatNobodyTellsOfIsNoQuarrelOfTheSources) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    EngineWorld run(seed, ten_off(), with_long_polls());
    for (const char* name : {"a", "b", "c", "d"}) run.add_server(name, kWan);
    run.start();
    run.world.run_for(8h);
    run.client.pause(2s);
    ASSERT_TRUE(run.world.run_until([&] { return run.phase() == Phase::spike; }, 20min));
    run.world.run_for(1h);
    EXPECT_EQ(run.phase(), Phase::sync) << "seed " << seed;
    EXPECT_LT(magnitude(run.client.true_offset()), 5ms) << "seed " << seed;
    for (const core::PhaseTransition& each : run.snapshot()->phase.recent)
      EXPECT_NE(each.to, Phase::alarm) << "seed " << seed;
  }
}

TEST(EngineDisturbed, AMigrationThatIsSignalledBreaksNoBound) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    EngineWorld run(seed, ten_off(), with_long_polls());
    run.add_server("a", kLan);
    auto& marker = run.client.witnesses().signs.disruption_marker;
    marker = 1;
    run.start();
    run.world.run_for(12h);
    run.client.shift_frequency(Ppm{20});
    marker = 2;
    ASSERT_TRUE(run.world.run_until([&] { return !run.jumps.empty(); }, 2s));
    EXPECT_EQ(run.phase(), Phase::disrupted);
    run.world.run_for(12h);
    EXPECT_EQ(run.phase(), Phase::sync);
    expect_sound(run);
  }
}

TEST(EngineDisturbed, SeesAnExternalStepWithinMillisecondsAndSlewsItAway) {
  for (const Nanos step : {Nanos(-11s), Nanos(7s), Nanos(-100ms), Nanos(2ms)}) {
    core::CoreConfig config = EngineWorld::default_config();
    config.steering.large_offset_slew = Ppm{100'000};
    EngineWorld run(5, ten_off(), config);
    run.add_server("a", kLan);
    run.start();
    run.world.run_for(1h);
    run.client.kernel().step(step);
    run.world.run_for(50ms);
    ASSERT_EQ(run.jumps.size(), 1U);
    EXPECT_EQ(run.jumps[0].cause, core::JumpCause::external_step);
    EXPECT_LE(magnitude(run.jumps[0].size - step), 1ms);
    EXPECT_TRUE(run.visited(Phase::disrupted));
    run.world.run_for(15min);
    EXPECT_EQ(run.phase(), Phase::sync);
    EXPECT_LT(magnitude(run.client.true_offset()), 1ms) << format(step);
    EXPECT_FALSE(run.visited(Phase::spike)) << "a step of our clock is not the server's fault";
    expect_sound(run);
  }
}

TEST(EngineDisturbed, AnOutageIsHoldoverAndTheReturnIsSync) {
  EngineWorld run(10, ten_off());
  sim::ServerHost& server = run.add_server("a", kLan);
  run.start();
  run.world.run_for(4h);
  server.personality.manner = sim::ServerManner::silent;
  run.world.run_for(6h);
  EXPECT_EQ(run.phase(), Phase::holdover);
  EXPECT_LT(magnitude(run.client.true_offset()), 20ms);
  server.personality.manner = sim::ServerManner::honest;
  run.world.run_for(1h);
  EXPECT_EQ(run.phase(), Phase::sync);
  EXPECT_LT(magnitude(run.client.true_offset()), 1ms);
  expect_sound(run);
}

TEST(EngineDisturbed, ServersThatMoveWhileTheFrequencyIsVagueAreSurvived) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    core::CoreConfig config = EngineWorld::default_config();
    config.poll = {1s, 4s};
    config.mode = seed % 2 == 0 ? core::Mode::observe : core::Mode::automatic;
    EngineWorld run(seed, ten_off(), config);
    std::vector<sim::ServerHost*> servers;
    for (const char* name : {"a", "b", "c"}) servers.push_back(&run.add_server(name, kLan));
    run.start();
    run.world.run_for(4s + Nanos(std::chrono::milliseconds(seed * 100)));
    servers[0]->personality.offset = 20ms;
    servers[1]->personality.offset = 20ms;
    run.world.run_for(3min);
    const auto picture = run.snapshot();
    EXPECT_LT(std::abs(picture->clock.frequency->value), 500) << "seed " << seed;
    EXPECT_LT(magnitude(*picture->clock.offset - (run.client.true_offset() + 20ms)), 5ms)
        << "seed " << seed << ": two of three say so";
  }
}

TEST(EngineDisturbed, AStepBetweenLongPollsIsNoSilenceOfTheServers) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    EngineWorld run(seed, ten_off(), with_long_polls());
    run.add_server("a", kWan);
    run.start();
    run.world.run_for(8h + static_cast<int>(seed) * 97s);
    run.client.kernel().step(-2s);
    run.world.run_for(1h);
    EXPECT_FALSE(run.visited(Phase::holdover)) << "seed " << seed;
    EXPECT_EQ(run.phase(), Phase::sync) << "seed " << seed;
  }
}

TEST(EngineDisturbed, AReloadToShorterPollsTakesEffectAtOnce) {
  core::CoreConfig config = EngineWorld::default_config();
  config.poll = {131'072s, 131'072s};
  EngineWorld run(51, ten_off(), config);
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(48h);
  const std::uint64_t before = run.snapshot()->sources[0].requests;
  run.reload([](core::CoreConfig& changed) { changed.poll = {64s, 1024s}; });
  run.world.run_for(1h);
  EXPECT_GE(run.snapshot()->sources[0].requests, before + 3);
}

}  // namespace
}  // namespace slewd::tests
