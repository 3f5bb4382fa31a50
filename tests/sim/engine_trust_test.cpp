// SPDX-License-Identifier: Apache-2.0
// What a witness may vouch for, and what not: no mark, suspicion or configuration lets a lie of one
// server pass at once, and nobody's adjustment is fought over.
#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "base/duration.hpp"

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::JumpCause;
using core::Phase;

core::CoreConfig stepping_forward() {
  core::CoreConfig config = EngineWorld::default_config();
  config.jumps.after_pause = core::AfterPause::step_forward;
  return config;
}

// The server lies by `lie`, and is asked once more.
void lie_once(EngineWorld& run, sim::ServerHost& server, Nanos lie) {
  server.personality.offset = lie;
  const auto asked = server.requests;
  ASSERT_TRUE(run.world.run_until([&] { return server.requests > asked; }, 2h));
  run.world.run_for(2s);
}

std::optional<std::uint64_t>& marker_of(EngineWorld& run) {
  return run.client.witnesses().signs.disruption_marker;
}

TEST(EngineTrust, AMarkVouchesForNoLie) {
  EngineWorld run(7, ten_off(), stepping_forward());
  sim::ServerHost& server = run.add_server("a", kLan);
  marker_of(run) = 1;
  run.start();
  run.world.run_for(1h);
  server.personality.offset = 24h * 365;
  marker_of(run) = 2;
  run.world.run_for(30s);
  EXPECT_EQ(run.driver().steps(), 0U);
  EXPECT_LT(magnitude(run.client.true_offset()), 1s);
}

TEST(EngineTrust, AMarkBeforeTheFirstSampleIsForgotten) {
  EngineWorld run(8, ten_off());
  sim::ServerHost& server = run.add_server("a", kLan, {.manner = sim::ServerManner::silent});
  marker_of(run) = 1;
  run.start();
  run.world.run_for(20s);
  marker_of(run) = 2;
  run.world.run_for(20s);
  server.personality.manner = sim::ServerManner::honest;
  run.world.run_for(10h);
  lie_once(run, server, 700s);
  EXPECT_LT(magnitude(*run.snapshot()->clock.offset), 1s) << "the spike watch holds";
}

TEST(EngineTrust, ASuspendThatIsKnownLeavesNoSuspicion) {
  for (const Nanos uncertainty : {Nanos(500ms), Nanos(10us)}) {
    EngineWorld run(9, ten_off(), stepping_forward());
    sim::ServerHost& server = run.add_server("a", kLan);
    run.client.add_host_clock(uncertainty);
    run.start();
    run.world.run_for(1h + 3s);
    run.client.suspend(10min);
    run.world.run_for(12min);
    lie_once(run, server, 10min);
    EXPECT_LT(magnitude(run.client.true_offset()), 1s);
  }
}

TEST(EngineTrust, AHostClockThatTheServersContradictIsNoWitness) {
  EngineWorld run(21, ten_off());
  sim::ServerHost& server = run.add_server("a", kLan);
  Nanos moved{};
  run.client.witnesses().add_host_clock([&] { return Nanos(1'700'000'000s) + moved; }, 500ms);
  run.start();
  run.world.run_for(1h);
  moved = 60s;  // hwclock, by somebody
  run.world.run_for(5min);
  lie_once(run, server, 60s);
  EXPECT_LT(magnitude(*run.snapshot()->clock.offset), 1s);
}

TEST(EngineTrust, AMigrationThatIsExplainedVouchesNoSecondTime) {
  EngineWorld run(22, ten_off());
  for (const char* name : {"b", "c"}) run.add_server(name, kLan);
  sim::ServerHost& server = run.add_server("a", kLan);
  run.client.add_host_clock(10us);
  marker_of(run) = 1;
  run.start();
  run.world.run_for(1h);
  run.client.pause(30s);
  run.world.after(30s, [&] { marker_of(run) = 2; });
  run.world.run_for(5min);
  ASSERT_EQ(run.jumps.size(), 1U);
  lie_once(run, server, 30s);
  EXPECT_EQ(run.jumps.size(), 1U);
  EXPECT_LT(magnitude(*run.snapshot()->clock.offset - run.client.true_offset()), 1s);
}

TEST(EngineTrust, StartUpAndPauseNeverStepTheSameErrorTwice) {
  for (Nanos at = 0s; at < 12s; at += 100ms) {
    core::CoreConfig config;
    config.jumps.after_pause = core::AfterPause::step_forward;
    EngineWorld run(13, {.offset = 100s, .oscillator = {.frequency = Ppm{10}, .wander = 1e-9}},
                    config);
    run.add_server("a", kLan);
    marker_of(run) = 1;
    run.start();
    run.world.run_for(at);
    marker_of(run) = 2;
    run.world.run_for(1min);
    ASSERT_LE(run.driver().steps(), 1U) << "mark at " << format(at);
    ASSERT_LT(run.client.true_offset(), 101s) << "mark at " << format(at);
    ASSERT_GT(run.client.true_offset(), -1s) << "mark at " << format(at);
  }
}

TEST(EngineTrust, ASuspendStepsNothingThatWasBeingSlewed) {
  EngineWorld run(14, ten_off(), stepping_forward());
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(1h);
  run.client.kernel().step(-2s);
  run.world.run_for(1min);
  run.client.suspend(2s);
  run.world.run_for(1min);
  EXPECT_EQ(run.driver().steps(), 0U) << "the suspend cost nothing";
}

TEST(EngineTrust, WhatAResumeHasCostIsSteppedForwardAndNoMore) {
  for (const Nanos cost : {Nanos(1s), Nanos(20s)}) {
    EngineWorld run(26, ten_off(), stepping_forward());
    run.add_server("a", kLan);
    run.start();
    run.world.run_for(1h);
    run.client.suspend(1min, -cost);
    run.world.run_for(2min);
    EXPECT_EQ(run.driver().steps(), cost == Nanos(1s) ? 1U : 0U) << format(cost);
    EXPECT_EQ(run.driver().steps_back(), 0U);
  }
}

TEST(EngineTrust, AStepThatAPauseAllowedExpires) {
  EngineWorld run(26, ten_off(), stepping_forward());
  sim::ServerHost& server = run.add_server("a", kLan);
  run.start();
  run.world.run_for(1h);
  server.personality.manner = sim::ServerManner::silent;
  run.client.suspend(2s, -1s);
  run.world.run_for(20min);
  server.personality.manner = sim::ServerManner::honest;
  run.world.run_for(30min);
  EXPECT_EQ(run.driver().steps(), 0U);
}

TEST(EngineTrust, LeavingTakeoverBesideAProcessEndsTheSlew) {
  core::CoreConfig config = EngineWorld::default_config();
  config.mode = core::Mode::takeover;
  EngineWorld run(10, {.offset = 30s, .oscillator = {.frequency = Ppm{10}}}, config);
  run.add_server("a", kLan);
  run.client.witnesses().signs.discipliner = "VBoxService (process 5)";
  run.start();
  run.world.run_for(5min);
  run.reload([](core::CoreConfig& next) { next.mode = core::Mode::automatic; });
  EXPECT_EQ(run.phase(), Phase::observe);
  EXPECT_LT(magnitude(run.client.kernel().rate()), Ppm{100});
}

TEST(EngineTrust, ADaemonThatNobodySeesIsLeftAloneForLongerEachTime) {
  EngineWorld run(11, ten_off());
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(20min);
  bool up = false;
  run.world.every(1024s, [&] {
    up = !up;
    run.client.kernel().set_frequency(Ppm{up ? -9.5 : -10.5});
  });
  run.world.run_for(24h);
  const auto returns = std::ranges::count_if(
      run.transitions, [](const auto& each) { return each.from == Phase::observe; });
  EXPECT_LE(returns, 2);
}

TEST(EngineTrust, WhatAKnownDaemonDoesIsNoNews) {
  core::CoreConfig config = EngineWorld::default_config();
  config.mode = core::Mode::observe;
  EngineWorld run(11, ten_off(), config);
  run.add_server("a", kLan);
  run.client.witnesses().signs.discipliner = "chronyd (process 812)";
  run.start();
  bool up = false;
  run.world.every(1024s, [&] {
    up = !up;
    run.client.kernel().set_frequency(Ppm{up ? -9.5 : -10.5});
  });
  run.world.run_for(24h);
  EXPECT_TRUE(run.jumps.empty());
  EXPECT_EQ(run.snapshot()->external.events, 1U);
}

TEST(EngineTrust, WhoStepsAgainAndAgainSteersAsWell) {
  EngineWorld run(15, ten_off());
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(20min);
  run.world.every(1min, [&] { run.client.kernel().step(run.client.true_offset() + 300ms); });
  run.world.run_for(1h);
  EXPECT_TRUE(run.snapshot()->external.detected);
  EXPECT_EQ(run.phase(), Phase::observe);
}

TEST(EngineTrust, TakeoverThatGaveUpComesBackAfterAQuietTime) {
  core::CoreConfig config = EngineWorld::default_config();
  config.mode = core::Mode::takeover;
  EngineWorld run(23, ten_off(), config);
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(10min);
  for (int i = 0; i < 9; ++i) {
    run.client.kernel().set_frequency(Ppm{40.0 + i});
    run.world.run_for(7min);
  }
  EXPECT_EQ(run.phase(), Phase::observe);
  run.world.run_for(24h);
  EXPECT_EQ(run.phase(), Phase::sync);
}

TEST(EngineTrust, TheOriginatorOfAFrequencyIsNamedWheneverItWasSet) {
  for (int i = 0; i < 20; ++i) {
    EngineWorld run(100 + static_cast<unsigned>(i), ten_off());
    run.add_server("a", kLan);
    run.start();
    run.world.run_for(20min + i * 50ms + 13ms);
    run.client.clock_calls().add({.at = run.client.raw_now(),
                                  .process = 812,
                                  .command = "adjtimex",
                                  .origin = "",
                                  .sets = false});
    run.client.kernel().set_frequency(Ppm{-140});
    run.world.run_for(3s);
    ASSERT_EQ(run.jumps.size(), 1U);
    EXPECT_EQ(run.jumps[0].originator, "adjtimex (process 812)") << i * 50 << " ms after a look";
  }
}

TEST(EngineTrust, AMarkAndAGenerationSoonAfterAreOneEvent) {
  EngineWorld run(12, ten_off());
  run.add_server("a", kLan);
  core::MachineSigns& signs = run.client.witnesses().signs;
  signs.disruption_marker = 1;
  signs.generation = 0;
  run.start();
  run.world.run_for(1h + 100ms);
  run.client.pause(3s);
  run.world.after(3s, [&] { signs.disruption_marker = 2; });
  run.world.after(4300ms, [&] { signs.generation = 1; });
  run.world.run_for(20min);
  ASSERT_EQ(run.jumps.size(), 1U);
  EXPECT_EQ(run.jumps[0].cause, JumpCause::snapshot);
  EXPECT_LE(magnitude(run.jumps[0].size + 3s), 2ms);
}

TEST(EngineTrust, AGuestAgentThatSetsTheClockAfterARestoreIsAnEventOfItsOwn) {
  for (const Nanos wait : {Nanos(20ms), Nanos(3s)}) {
    EngineWorld run(12, ten_off());
    for (const char* name : {"a", "b", "c"}) run.add_server(name, kLan);
    marker_of(run) = 1;
    run.start();
    run.world.run_for(1h + 100ms);
    run.client.pause(10min);
    run.world.after(10min, [&] { marker_of(run) = 2; });
    run.world.after(10min + wait, [&] { run.client.kernel().step(10min); });
    run.world.run_for(40min);
    ASSERT_EQ(run.jumps.size(), 2U) << format(wait);
    EXPECT_EQ(run.jumps[0].cause, JumpCause::migration);
    EXPECT_LE(magnitude(run.jumps[0].size + 10min), 5ms) << format(wait);
    EXPECT_EQ(run.jumps[1].cause, JumpCause::external_step);
    EXPECT_LE(magnitude(run.jumps[1].size - 10min), 1ms);
    EXPECT_LT(magnitude(run.client.true_offset()), 5ms);
  }
}

TEST(EngineTrust, AnEventThatNoSampleHasSizedIsCountedAfterARestart) {
  EngineWorld run(25, ten_off());
  sim::ServerHost& server = run.add_server("a", kLan);
  marker_of(run) = 1;
  run.start();
  run.world.run_for(1h);
  server.personality.manner = sim::ServerManner::silent;
  marker_of(run) = 2;
  run.world.run_for(10s);
  run.kill_engine();
  const core::JumpView recorded = run.snapshot()->jumps;
  run.start_engine();
  run.engine().restore_jumps(recorded, 1);
  run.world.run_for(10s);
  const auto& migrations =
      run.snapshot()->jumps.total[static_cast<std::size_t>(JumpCause::migration)];
  EXPECT_EQ(std::accumulate(migrations.begin(), migrations.end(), std::uint64_t{0}), 1U);
}

}  // namespace
}  // namespace slewd::tests
