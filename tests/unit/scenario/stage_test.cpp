// SPDX-License-Identifier: Apache-2.0
// What each kind of event does to the world.
#include "sim/scenario/stage.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "agent/core/ntp/packet.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

const LinkLaw kLanLink{.delay = 100us, .jitter = 50us};

Scenario lan(std::vector<Happening> events, Nanos ahead = {}) {
  Scenario scenario;
  scenario.name = "story";
  scenario.length = 6h;
  scenario.client.ahead = ahead;
  scenario.core.mode = core::Mode::takeover;
  scenario.core.step.at_startup = core::StartupStep::never;
  for (const char* name : {"a", "b"}) {
    ServerLaw server;
    server.name = name;
    server.up = server.down = kLanLink;
    scenario.servers.push_back(server);
  }
  scenario.events = std::move(events);
  return scenario;
}

RunChoice choice() {
  RunChoice chosen;
  chosen.poll = {64s, 64s};
  chosen.rate = Ppm{83'333};
  return chosen;
}

Happening event(EventKind kind, Nanos at) {
  Happening happening;
  happening.kind = kind;
  happening.at = at;
  return happening;
}

// A stage without an engine: what the event does to the machine alone.
class Event : public testing::Test {
 protected:
  EngineHost& staged(Happening happening, Nanos ahead = {}) {
    scenario_ = lan({std::move(happening)}, ahead);
    stage_.emplace(scenario_, choice());
    return stage_->host();
  }

 private:
  Scenario scenario_;
  std::optional<Stage> stage_;
};

TEST_F(Event, FrequencyStepLasts) {
  Happening happening = event(EventKind::frequency_step, 1h);
  happening.frequency = Ppm{20};
  EngineHost& host = staged(happening);
  host.world.run_for(59min);
  EXPECT_NEAR(host.client.true_frequency().value, 0, 1e-6);
  host.world.run_for(2min);
  EXPECT_NEAR(host.client.true_frequency().value, 20, 1e-6);
}

TEST_F(Event, ExternalStepMovesTheWallClock) {
  Happening happening = event(EventKind::external_step, 1h);
  happening.amount = -11s;
  EngineHost& host = staged(happening, 1s);
  EXPECT_EQ(host.client.true_offset(), -1s);
  host.world.run_for(2h);
  EXPECT_EQ(host.client.true_offset(), 10s);
}

TEST_F(Event, ExternalSlewSetsTheKernelsFrequency) {
  Happening happening = event(EventKind::external_slew, 1h);
  happening.frequency = Ppm{40};
  EngineHost& host = staged(happening);
  host.world.run_for(1h);
  EXPECT_NEAR(host.client.kernel().frequency().value, 40, 1e-4);
}

TEST_F(Event, PauseWithTheTscStoppedLosesTimeAndWithItKeptDoesNot) {
  Happening stopped = event(EventKind::vm_pause, 1h);
  stopped.length = 5s;
  EngineHost& loses = staged(stopped);
  loses.world.run_for(2h);
  EXPECT_EQ(loses.client.true_offset(), 5s);
  Happening kept = stopped;
  kept.tsc_kept = true;
  EngineHost& keeps = staged(kept);
  keeps.world.run_for(2h);
  EXPECT_EQ(keeps.client.true_offset(), 0s);
}

TEST_F(Event, RollbackLosesTheSnapshotsAge) {
  Happening happening = event(EventKind::snapshot_rollback, 1h);
  happening.length = 30min;
  EngineHost& host = staged(happening);
  host.world.run_for(3h);
  EXPECT_EQ(host.client.true_offset(), 30min);
}

TEST_F(Event, SuspendLeavesTheErrorOfTheHardwareClock) {
  Happening happening = event(EventKind::suspend, 1h);
  happening.length = 1h;
  happening.amount = -400ms;
  EngineHost& host = staged(happening);
  host.world.run_for(3h);
  EXPECT_EQ(host.client.true_offset(), 400ms);
}

TEST_F(Event, MigrationPausesAndChangesTheFrequency) {
  Happening happening = event(EventKind::migration, 1h);
  happening.length = 500ms;
  happening.frequency = Ppm{20};
  EngineHost& host = staged(happening);
  host.world.run_for(1h + 1ms);
  EXPECT_NEAR(host.client.true_frequency().value, 20, 1e-6);
  EXPECT_NEAR(to_seconds(host.client.true_offset()), -20e-9, 2e-9) << "1 ms at 20 ppm";
}

TEST_F(Event, HappensAgainAndAgainWithItsPeriod) {
  Happening happening = event(EventKind::external_step, 1h);
  happening.amount = 1s;
  happening.every = 30min;
  EngineHost& host = staged(happening);
  host.world.run_for(5h);
  EXPECT_EQ(host.client.true_offset(), -9s) << "at 1 h, 1.5 h, ..., 5 h";
}

// What server `number` answers to a client without an engine.
core::NtpPacket answer_of(EngineHost& host, int number) {
  std::optional<core::NtpPacket> reply;
  host.client.on_datagram(
      [&](const core::Datagram& datagram) { reply = core::decode(datagram.bytes).value(); });
  const auto socket = host.client.network().open_client(ipv4(192, 0, 2, number), {});
  const auto sent = host.client.network().send(*socket, core::encode({}));
  EXPECT_TRUE(sent);
  host.world.run_for(50ms);
  if (!reply) ADD_FAILURE() << "no reply";
  return reply.value_or(core::NtpPacket{});
}

// What it shows beyond the truth.
Nanos ahead_of(EngineHost& host, int number) {
  const WallTime truth = host.world.utc().at(host.world.now());
  return core::from_ntp(answer_of(host, number).receive, truth) - truth;
}

class ServerEvent : public testing::Test {
 protected:
  EngineHost& staged(std::vector<Happening> happenings, TrueTime start = kWorldStart) {
    scenario_ = lan(std::move(happenings));
    scenario_.start = start;
    for (ServerLaw& server : scenario_.servers) server.up = server.down = LinkLaw{};
    scenario_.servers[1].leap = core::Leap::none;
    stage_.emplace(scenario_, choice());
    return stage_->host();
  }

 private:
  Scenario scenario_;
  std::optional<Stage> stage_;
};

TEST_F(ServerEvent, AStepWithoutANameMovesAllServersAndTheWayBackReturnsThem) {
  Happening step = event(EventKind::server_step, 1h);
  step.amount = 20ms;
  EngineHost& host = staged({step, step, event(EventKind::server_back, 3h)});
  EXPECT_EQ(ahead_of(host, 1), 0s);
  host.world.run_for(2h);
  EXPECT_EQ(ahead_of(host, 1), 40ms);
  EXPECT_EQ(ahead_of(host, 2), 40ms);
  host.world.run_for(2h);
  EXPECT_EQ(ahead_of(host, 1), 0s);
  EXPECT_EQ(ahead_of(host, 2), 0s);
}

TEST_F(ServerEvent, DriftsAddUpUntilTheServerIsSetBack) {
  Happening ramp = event(EventKind::server_drift, 1000s);
  ramp.server = "b";
  ramp.frequency = Ppm{10};
  ramp.every = 1000s;
  Happening back = event(EventKind::server_back, 3500s);
  back.server = "b";
  EngineHost& host = staged({ramp, back});
  host.world.run_for(2000s);
  EXPECT_EQ(ahead_of(host, 2), 10ms);
  host.world.run_for(950ms);
  EXPECT_EQ(ahead_of(host, 2), 10ms + 20us);
  host.world.run_for(999s);
  EXPECT_NEAR(to_seconds(ahead_of(host, 2)), 30e-3, 2e-6);
  EXPECT_EQ(ahead_of(host, 1), 0s);
  host.world.run_for(600s);
  EXPECT_EQ(ahead_of(host, 2), 0s);
}

TEST_F(ServerEvent, ALeapSecondIsAnnouncedADayAheadAndEveryServerLeaps) {
  Happening leap = event(EventKind::leap_second, 36h);
  leap.amount = 1s;
  EngineHost& host = staged({leap}, kWorldStart - 36h);
  EXPECT_EQ(answer_of(host, 1).leap, core::Leap::none);
  host.world.run_for(12h);
  EXPECT_EQ(answer_of(host, 1).leap, core::Leap::insert);
  EXPECT_EQ(answer_of(host, 2).leap, core::Leap::none) << "as its law says";
  host.world.run_for(23h);
  EXPECT_EQ(ahead_of(host, 1), 0s);
  host.world.run_for(1h);
  EXPECT_EQ(answer_of(host, 1).leap, core::Leap::none);
  EXPECT_EQ(ahead_of(host, 1), 0s);
  EXPECT_EQ(ahead_of(host, 2), 0s);
  EXPECT_EQ(host.client.true_offset(), -1s) << "UTC went back by a second, this clock did not";
}

TEST_F(ServerEvent, AnArmedKernelLeapsWithUtc) {
  for (const bool insert : {true, false}) {
    Happening leap = event(EventKind::leap_second, 12h);
    leap.amount = insert ? 1s : -1s;
    EngineHost& host = staged({leap}, kWorldStart - 12h);
    host.client.kernel().set_status(insert ? kStatusInsert : kStatusDelete);
    host.world.run_for(12h - 2s);
    EXPECT_EQ(host.client.true_offset(), 0s);
    host.world.run_for(3s);
    EXPECT_EQ(host.client.true_offset(), 0s);
    EXPECT_EQ(host.client.kernel().tai_offset(), insert ? 1 : -1);
  }
}

TEST(EventForTheEngine, AnOutageMakesHoldoverAndPasses) {
  Happening outage = event(EventKind::outage, 1h);
  outage.length = 1h;
  const Scenario scenario = lan({outage});
  Stage stage(scenario, choice());
  stage.host().start_engine();
  stage.host().world.run_for(2h - 1s);
  EXPECT_EQ(stage.host().phase(), core::Phase::holdover);
  stage.host().world.run_for(10min);
  EXPECT_EQ(stage.host().phase(), core::Phase::sync);
}

TEST(EventForTheEngine, AServersStepIsNoticedAtThatServerAndTakenBack) {
  Happening step = event(EventKind::server_step, 1h);
  step.server = "b";
  step.amount = 5s;
  Happening back = event(EventKind::server_back, 2h);
  back.server = "b";
  Scenario scenario = lan({step, back});
  scenario.servers.push_back(scenario.servers[0]);
  scenario.servers[2].name = "c";
  Stage stage(scenario, choice());
  stage.host().start_engine();
  stage.host().world.run_for(2h - 1s);
  EXPECT_EQ(stage.host().snapshot()->sources[1].state, core::SourceState::falseticker);
  stage.host().world.run_for(30min);
  EXPECT_NE(stage.host().snapshot()->sources[1].state, core::SourceState::falseticker);
}

TEST(EventForTheEngine, AMutedServerIsUnreachableAndSpeaksAgain) {
  Happening mute = event(EventKind::server_mute, 1h);
  mute.server = "a";
  mute.length = 1h;
  const Scenario scenario = lan({mute});
  Stage stage(scenario, choice());
  stage.host().start_engine();
  stage.host().world.run_for(2h - 1s);
  EXPECT_EQ(stage.host().snapshot()->sources[0].reach, 0);
  EXPECT_NE(stage.host().snapshot()->sources[1].reach, 0);
  stage.host().world.run_for(10min);
  EXPECT_NE(stage.host().snapshot()->sources[0].reach, 0);
}

TEST(EventForTheEngine, StolenTimeDelaysTimersButLosesNoTime) {
  Happening steal = event(EventKind::steal, 30min);
  steal.length = 300ms;
  steal.every = 10s;
  const Scenario scenario = lan({steal});
  Stage stage(scenario, choice());
  stage.host().start_engine();
  stage.host().world.run_for(3h);
  EXPECT_EQ(stage.host().phase(), core::Phase::sync);
  EXPECT_LT(magnitude(stage.host().client.true_offset()), 1ms);
}

TEST(EventForTheEngine, AKillInMidSlewLeavesTheStoredFrequencyAndTheNextStartGoesOn) {
  Happening kill = event(EventKind::kill, 30s);
  kill.length = 60s;
  const Scenario scenario = lan({kill}, 11s);
  Stage stage(scenario, choice());
  EngineHost& host = stage.host();
  host.start_engine();
  host.world.run_for(29s);
  EXPECT_GT(magnitude(host.client.kernel().rate()), Ppm{50'000}) << "it slews";
  host.world.run_for(2s);
  EXPECT_FALSE(host.running());
  EXPECT_LT(magnitude(host.client.kernel().rate()), Ppm{100});
  const Nanos left = host.client.true_offset();
  host.world.run_for(58s);
  EXPECT_LT(magnitude(host.client.true_offset() - left), 10ms);
  host.world.run_for(20min);
  EXPECT_TRUE(host.running());
  EXPECT_LT(magnitude(host.client.true_offset()), 1ms);
}

TEST(EventForTheEngine, AKillWithoutRestoringLeavesTheSlewInForce) {
  Happening kill = event(EventKind::kill, 30s);
  kill.length = 60s;
  kill.restored = false;
  const Scenario scenario = lan({kill}, 11s);
  Stage stage(scenario, choice());
  stage.host().start_engine();
  stage.host().world.run_for(31s);
  EXPECT_GT(magnitude(stage.host().client.kernel().rate()), Ppm{50'000});
}

}  // namespace
}  // namespace slewd::sim
