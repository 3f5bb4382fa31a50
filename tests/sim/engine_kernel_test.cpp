// SPDX-License-Identifier: Apache-2.0
// What the engine does to the kernel's clock, and that nothing of it runs on unattended.
#include <gtest/gtest.h>

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::Phase;

TEST(EngineAndItsKernelClock, ASlewThatTheDriverWouldNotEndIsEndedOnceItCan) {
  EngineWorld run(24, {.offset = 11s, .oscillator = {.frequency = Ppm{10}}});
  sim::ServerHost& server = run.add_server("a", kLan);
  run.start();
  run.world.run_for(5min);
  ASSERT_NE(run.snapshot()->clock.slew_rate, Ppm{0});
  server.personality.manner = sim::ServerManner::silent;
  run.client.kernel().widen_tick_span(0);  // every call that sets a frequency now fails
  run.world.run_for(1min);
  run.client.kernel().widen_tick_span(sim::kTickSpan);
  run.world.run_for(1h);
  EXPECT_LT(magnitude(run.client.true_offset()), 50ms);
}

TEST(EngineAndItsKernelClock, ASlewAtTheRateOfAdjtimeEndsByItselfWithinTheLeaseOfAKilledDaemon) {
  core::CoreConfig config = EngineWorld::default_config();
  config.steering.large_offset_slew = config.steering.max_slew;  // 500 ppm at any size
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EngineWorld run(
        seed,
        {.offset = seed % 2 == 0 ? Nanos(11s) : Nanos(-11s), .oscillator = {.frequency = Ppm{10}}},
        config);
    run.add_server("a", kLan);
    run.start();
    run.world.run_for(2min + static_cast<int>(seed) * 1700ms);
    const Ppm before = run.client.kernel().rate();
    ASSERT_GT(magnitude(before), Ppm{450}) << "in mid-slew, seed " << seed;
    run.kill_engine();
    run.world.run_for(config.steering.lease);
    EXPECT_LT(magnitude(run.client.kernel().rate() + Ppm{10}), Ppm{5}) << "seed " << seed;
  }
}

TEST(EngineAndItsKernelClock, ASlewEndsWhenTheNetworkGoesInHold) {
  EngineWorld run(18, {.offset = -60s, .oscillator = {.frequency = Ppm{10}}});
  sim::ServerHost& server = run.add_server("a", kLan);
  run.start();
  run.world.run_for(5s);
  server.personality.manner = sim::ServerManner::silent;
  run.world.run_for(6h);
  EXPECT_EQ(run.phase(), Phase::unset);
  EXPECT_LT(magnitude(run.client.kernel().rate()), Ppm{100});
  EXPECT_LT(magnitude(run.client.true_offset()), 61s);
}

TEST(EngineAndItsKernelClock, AReloadToObserveEndsTheSlewAndAReloadBackNeverSteps) {
  EngineWorld run(19, {.offset = 30s, .oscillator = {.frequency = Ppm{10}}});
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(5min);
  EXPECT_NE(run.snapshot()->clock.slew_rate, Ppm{0});
  run.reload([](core::CoreConfig& config) { config.mode = core::Mode::observe; });
  EXPECT_EQ(run.phase(), Phase::observe);
  EXPECT_LT(magnitude(run.client.kernel().rate()), Ppm{100});
  run.world.run_for(24h);
  run.reload([](core::CoreConfig& config) {
    config.mode = core::Mode::automatic;
    config.step.at_startup = core::StartupStep::any;
  });
  run.world.run_for(1h);
  EXPECT_EQ(run.snapshot()->adjustments.steps, 0U);
  EXPECT_EQ(run.phase(), Phase::sync);
}

TEST(EngineAndItsKernelClock, TheKernelIsToldWhenTheMajorityIsLost) {
  EngineWorld run(22, ten_off());
  run.add_server("a", kLan);
  sim::ServerHost& other = run.add_server("b", kLan);
  run.start();
  run.world.run_for(10min);
  EXPECT_FALSE(run.client.kernel().unsynchronized());
  other.personality.offset = 50ms;
  run.world.run_for(30min);
  EXPECT_EQ(run.phase(), Phase::alarm);
  EXPECT_TRUE(run.client.kernel().unsynchronized());
}

TEST(EngineAndItsKernelClock, AutoStandsDownWhenSomebodyElseSetsTheFrequency) {
  EngineWorld run(23, ten_off());
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(10min);
  run.client.kernel().set_frequency(Ppm{42});
  run.world.run_for(2s);
  EXPECT_EQ(run.phase(), Phase::observe);
  EXPECT_NE(run.snapshot()->observe_reason.find("another program"), std::string::npos);
  run.world.run_for(9min);
  EXPECT_NEAR(run.client.kernel().frequency().value, 42, 1e-3) << "no fight";
  ASSERT_EQ(run.jumps.size(), 1U);
  EXPECT_EQ(run.jumps[0].cause, core::JumpCause::external_frequency);
  EXPECT_TRUE(run.snapshot()->external.detected);
}

TEST(EngineAndItsKernelClock, AutoComesBackAfterTenQuietMinutes) {
  EngineWorld run(23, ten_off());
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(10min);
  run.client.kernel().set_frequency(Ppm{42});
  run.world.run_for(8min);
  run.client.kernel().set_frequency(Ppm{43});
  run.world.run_for(9min);
  EXPECT_EQ(run.phase(), Phase::observe) << "the second time counts as well";
  run.world.run_for(30min);
  EXPECT_EQ(run.phase(), Phase::sync);
  EXPECT_FALSE(run.snapshot()->external.detected);
  EXPECT_EQ(run.snapshot()->external.events, 1U);
  EXPECT_LT(magnitude(run.client.true_offset()), 1ms);
  EXPECT_EQ(run.driver().steps(), 0U) << "a start-up is no excuse twice";
}

TEST(EngineAndItsKernelClock, AutoStandsAsideForAKnownProcessForAsLongAsItRuns) {
  EngineWorld run(23, ten_off());
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(10min);
  run.client.witnesses().signs.discipliner = "chronyd (process 812)";
  run.world.run_for(2s);
  EXPECT_EQ(run.phase(), Phase::observe);
  EXPECT_EQ(run.snapshot()->external.who, "chronyd (process 812)");
  EXPECT_NE(run.snapshot()->observe_reason.find("chronyd"), std::string::npos);
  const Ppm left = run.client.kernel().frequency();
  run.world.run_for(2h);
  EXPECT_EQ(run.phase(), Phase::observe);
  EXPECT_EQ(run.client.kernel().frequency(), left) << "not touched beside it";
  run.reload([](core::CoreConfig& config) { config.poll.minimum = 32s; });
  EXPECT_EQ(run.phase(), Phase::observe) << "nor at a reload";
  run.client.witnesses().signs.discipliner.clear();
  run.world.run_for(9min);
  EXPECT_EQ(run.phase(), Phase::observe);
  run.world.run_for(5min);
  EXPECT_EQ(run.phase(), Phase::sync);
}

TEST(EngineAndItsKernelClock, AutoThatStartsBesideAKnownProcessTouchesNothing) {
  EngineWorld run(23, ten_off());
  run.add_server("a", kLan);
  run.client.witnesses().signs.discipliner = "ntpd (process 5)";
  run.client.kernel().set_frequency(Ppm{17});
  run.start();
  run.world.run_for(1h);
  EXPECT_EQ(run.phase(), Phase::observe);
  EXPECT_EQ(run.client.kernel().frequency(), Ppm{17});
  EXPECT_TRUE(run.snapshot()->clock.offset) << "it still measures";
}

TEST(EngineAndItsKernelClock, TakeoverSaysSoAndGoesOnBesideAKnownProcess) {
  core::CoreConfig config = EngineWorld::default_config();
  config.mode = core::Mode::takeover;
  EngineWorld run(23, ten_off(), config);
  run.add_server("a", kLan);
  run.client.witnesses().signs.discipliner = "chronyd (process 812)";
  run.start();
  run.world.run_for(1h);
  EXPECT_EQ(run.phase(), Phase::sync);
  EXPECT_TRUE(run.snapshot()->external.detected);
  const auto said = std::ranges::count_if(
      run.notes, [](const std::string& note) { return note.find("chronyd") != std::string::npos; });
  EXPECT_EQ(said, 1);
}

TEST(EngineAndItsKernelClock, AfterAPauseWithTwoWitnessesTheClockStepsForwardWhereSoConfigured) {
  for (const auto after : {core::AfterPause::slew, core::AfterPause::step_forward}) {
    for (const bool host_clock : {true, false}) {
      core::CoreConfig config = EngineWorld::default_config();
      config.jumps.after_pause = after;
      config.phase.spike_watch = 1min;
      EngineWorld run(29, ten_off(), config);
      run.add_server("a", kLan);
      if (host_clock) run.client.add_host_clock(500ms);
      run.start();
      run.world.run_for(1h);
      run.client.pause(30s);
      run.world.run_for(10min);
      const bool steps = after == core::AfterPause::step_forward && host_clock;
      EXPECT_EQ(run.driver().steps(), steps ? 1U : 0U) << "host clock " << host_clock;
      EXPECT_EQ(run.driver().steps_back(), 0U);
      if (steps) {
        EXPECT_LT(magnitude(run.client.true_offset()), 1ms);
      } else {
        EXPECT_GT(magnitude(run.client.true_offset()), 10s) << "still slewing";
      }
    }
  }
}

TEST(EngineAndItsKernelClock, TakeoverSetsTheFrequencyBackAtOnce) {
  core::CoreConfig config = EngineWorld::default_config();
  config.mode = core::Mode::takeover;
  EngineWorld run(33, ten_off(), config);
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(1h);
  for (int i = 0; i < 12; ++i) {  // now and then is no fight
    run.client.kernel().set_frequency(Ppm{42});
    run.world.run_for(2h);
    EXPECT_EQ(run.phase(), Phase::sync);
    EXPECT_LT(magnitude(run.client.true_offset()), 200us);
  }
}

TEST(EngineAndItsKernelClock, TakeoverYieldsToWhoeverNeverDoes) {
  core::CoreConfig config = EngineWorld::default_config();
  config.mode = core::Mode::takeover;
  EngineWorld run(34, ten_off(), config);
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(1h);
  for (int i = 0; i < 12; ++i) {
    run.client.kernel().set_frequency(Ppm{42});
    run.world.run_for(5s);
  }
  EXPECT_EQ(run.phase(), Phase::observe);
  EXPECT_NEAR(run.client.kernel().frequency().value, 42, 1e-3);
}

TEST(EngineAndItsKernelClock, StandingDownInMidSlewLeavesNothingOfItInTheTick) {
  core::CoreConfig config = EngineWorld::default_config();
  config.mode = core::Mode::automatic;
  EngineWorld run(31, {.offset = 11s, .oscillator = {.frequency = Ppm{10}}}, config);
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(5min);
  ASSERT_NE(run.client.kernel().tick(), sim::kTickNominal);
  run.client.kernel().set_frequency(Ppm{33});  // another program, which knows of no tick
  run.world.run_for(10s);
  EXPECT_EQ(run.phase(), Phase::observe);
  EXPECT_EQ(run.client.kernel().tick(), sim::kTickNominal);
  EXPECT_LT(magnitude(run.client.kernel().frequency() - Ppm{33}), Ppm{0.01});
  EXPECT_FALSE(run.engine().slew_may_remain());
}

TEST(EngineAndItsKernelClock, AReloadTriesAgainAfterStandingDown) {
  core::CoreConfig config = EngineWorld::default_config();
  config.mode = core::Mode::automatic;
  EngineWorld run(32, ten_off(), config);
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(10min);
  run.client.kernel().set_frequency(Ppm{33});
  run.world.run_for(10s);
  ASSERT_EQ(run.phase(), Phase::observe);
  run.reload([](core::CoreConfig&) {});
  run.world.run_for(10min);
  EXPECT_EQ(run.phase(), Phase::sync);
}

TEST(EngineAndItsKernelClock, AnExternalAdjtimeIsUndoneInTakeoverAndYieldedToInAuto) {
  for (const core::Mode mode : {core::Mode::takeover, core::Mode::automatic}) {
    core::CoreConfig config = with_long_polls();
    config.mode = mode;
    EngineWorld run(35, ten_off(), config);
    run.add_server("a", kLan);
    run.start();
    run.world.run_for(1h);
    ASSERT_TRUE(run.client.kernel().start_singleshot(2s));
    run.world.run_for(3s);
    const bool undone = run.client.kernel().singleshot_remaining() == Nanos{0};
    EXPECT_EQ(undone, mode == core::Mode::takeover);
    EXPECT_EQ(run.phase() == Phase::observe, mode == core::Mode::automatic);
  }
}

TEST(EngineAndItsKernelClock, AShotOfTheDaemonBeforeIsEndedAndNoStranger) {
  EngineWorld run(36, ten_off());
  run.add_server("a", kLan);
  ASSERT_TRUE(run.client.kernel().start_singleshot(2s));
  run.start();
  run.world.run_for(1min);
  EXPECT_EQ(run.phase(), Phase::sync);
}

TEST(EngineAndItsKernelClock, ANewModeInMidSlewSlewsOnAtOnce) {
  core::CoreConfig config = EngineWorld::default_config();
  config.mode = core::Mode::automatic;
  EngineWorld run(37, {.offset = 11s, .oscillator = {.frequency = Ppm{10}}}, config);
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(5min);
  run.reload([](core::CoreConfig& changed) { changed.mode = core::Mode::takeover; });
  EXPECT_GT(magnitude(run.client.kernel().rate()), Ppm{4000});
  EXPECT_GT(magnitude(run.snapshot()->clock.slew_rate), Ppm{4000});
}

TEST(EngineAndItsKernelClock, AReloadOfSomethingElseKeepsWatchAndRate) {
  core::CoreConfig config = EngineWorld::default_config();
  EngineWorld run(38, ten_off(), config);
  sim::ServerHost& server = run.add_server("a", kLan);
  run.start();
  run.world.run_for(1h);
  server.personality.offset = 7s;
  for (int i = 0; i < 12; ++i) {
    run.world.run_for(5min);
    run.reload([](core::CoreConfig&) {});
  }
  EXPECT_EQ(run.snapshot()->phase.event_50, 1U) << "the watch of 15 min has ended";
  EXPECT_EQ(run.phase(), Phase::sync);
}

}  // namespace
}  // namespace slewd::tests
