// SPDX-License-Identifier: Apache-2.0
// `profile: w32time` at work in the virtual world, and KB2638243 over the whole grid of poll
// intervals: a 64th of the spike watch to 64 times it.
#include "agent/core/discipline/w32time_profile.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "agent/w32time/w32time_machine.hpp"
#include "base/duration.hpp"

#include "tests/sim/usual_worlds.hpp"
#include "tests/unit/sanitizers.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::Phase;

constexpr std::chrono::seconds kWatch = 960s;  // a 64th of it is whole
constexpr Nanos kExternal = 11s;

core::CoreConfig w32time() {
  core::CoreConfig config = EngineWorld::default_config();
  config.phase.profile = core::Profile::w32time;
  return config;
}

core::CoreConfig fixed(std::chrono::seconds poll, std::chrono::seconds pace, bool legacy) {
  core::CoreConfig config = w32time();
  config.poll = {pace, pace};
  config.phase.spike_watch = kWatch;
  config.phase.special_poll_interval = poll;
  config.phase.legacy_timer_driven = legacy;
  return config;
}

// A client in Sync that has been asking at its own interval for a while.
class SyncedWorld {
 public:
  explicit SyncedWorld(core::CoreConfig config)
      : run(7, ten_off(), std::move(config)), server(run.add_server("a", kLan)) {
    run.start();
    EXPECT_TRUE(run.world.run_until([&] { return run.phase() == Phase::sync; }, 24h));
    const auto asked = server.requests;
    EXPECT_TRUE(run.world.run_until([&] { return server.requests == asked + 2; }, 72h));
    run.world.run_for(1s);
    run.transitions.clear();
  }

  // Whether what came from outside is known and being slewed away.
  [[nodiscard]] bool accepted() const { return magnitude(*run.snapshot()->clock.offset) > 5s; }
  [[nodiscard]] MonoTime now() const { return run.client.kernel().mono(); }

  EngineWorld run;
  sim::ServerHost& server;
};

// From the first sample that is a spike until it is accepted; empty = not within `patience`.
std::optional<Nanos> time_to_accept(SyncedWorld& world, Nanos patience) {
  EngineWorld& run = world.run;
  EXPECT_TRUE(run.world.run_until([&] { return run.phase() == Phase::spike; }, 72h));
  const MonoTime began = world.now();
  if (!run.world.run_until([&] { return world.accepted(); }, patience)) return std::nullopt;
  return world.now() - began;
}

void expect_unbroken(const EngineWorld& run, const std::string& what) {
  for (const std::string& broken : run.broken()) ADD_FAILURE() << what << ": " << broken;
  EXPECT_EQ(run.bound_violations(), 0U) << what;
}

std::vector<std::chrono::seconds> grid() {
  constexpr int kEach = kSanitized ? 3 : 1;
  std::vector<std::chrono::seconds> polls;
  int index = 0;
  for (int sixty_fourths = 1; sixty_fourths < 64 * 64; sixty_fourths += 1 + sixty_fourths / 3)
    if (index++ % kEach == 0) polls.push_back(kWatch * sixty_fourths / 64);
  polls.push_back(kWatch * 64);
  return polls;
}

TEST(Kb2638243InTheSimulator, TheNativeProfileAcceptsAPersistentOffsetAtEveryRatio) {
  for (const std::chrono::seconds poll : grid()) {
    core::CoreConfig config = EngineWorld::default_config();
    config.poll = {poll, poll};
    config.phase.spike_watch = kWatch;
    SyncedWorld world(config);
    world.server.personality.offset = kExternal;
    const Nanos patience = std::max<std::chrono::seconds>(kWatch, 5 * poll) + 2 * poll;
    EXPECT_TRUE(time_to_accept(world, patience)) << "poll " << poll.count() << " s";
    EXPECT_EQ(world.run.snapshot()->phase.event_50, 1U) << "poll " << poll.count() << " s";
  }
}

TEST(Kb2638243InTheSimulator, W32timeMovedBySamplesAcceptsItWithTheFirstAfterTheWatch) {
  for (const std::chrono::seconds poll : grid()) {
    SyncedWorld world(fixed(poll, 64s, false));
    world.run.client.kernel().step(-kExternal);
    const auto time = time_to_accept(world, kWatch + poll);
    ASSERT_TRUE(time) << "poll " << poll.count() << " s";
    const std::chrono::seconds polls_of_the_watch = (kWatch + poll - 1s) / poll * poll;
    EXPECT_NEAR(to_seconds(*time), to_seconds(polls_of_the_watch), 1) << poll.count() << " s";
    EXPECT_EQ(world.run.phase(), Phase::hold) << "poll " << poll.count() << " s";
    expect_unbroken(world.run, "poll " + std::to_string(poll.count()) + " s");
    EXPECT_EQ(world.run.snapshot()->phase.event_50, 1U) << "poll " << poll.count() << " s";
  }
}

TEST(Kb2638243InTheSimulator, TheLegacyTimerShowsTheFaultExactlyWhereTheModelSaysSo) {
  int lost = 0;
  int found = 0;
  for (const std::chrono::seconds pace : {64s, 1024s}) {
    for (const std::chrono::seconds poll : grid()) {
      const std::string what = "poll " + std::to_string(poll.count()) + " s, pace " +
                               std::to_string(pace.count()) + " s";
      const core::CoreConfig config = fixed(poll, pace, true);
      const auto model =
          run_persistent_offset(core::w32time_settings(config), W32timeDrive::timer, kExternal);
      SyncedWorld world(config);
      world.run.client.kernel().step(-kExternal);
      const auto time = time_to_accept(world, model.moments.back().at + 2 * poll);
      ASSERT_EQ(time.has_value(), model.ending == W32timeEnding::corrected) << what;
      EXPECT_EQ(!time, core::find_kb2638243(config).has_value()) << what;
      expect_unbroken(world.run, what);
      if (time) {
        ++found;
        EXPECT_NEAR(to_seconds(*time), to_seconds(model.moments.back().at), 1) << what;
      } else {
        ++lost;
        EXPECT_GE(world.run.snapshot()->phase.event_50, 2U) << what << ": again and again";
        EXPECT_GT(world.run.client.true_offset(), kExternal - 1s) << what;
      }
    }
  }
  EXPECT_GT(lost, kSanitized ? 2 : 10);
  EXPECT_GT(found, kSanitized ? 2 : 10);
}

TEST(Kb2638243InTheSimulator, TheFaultBeginsWithTheSecondAfterSync) {
  for (const auto& [pace, sync] : {std::pair(64s, 1344s), std::pair(1024s, 7168s)}) {
    for (const std::chrono::seconds beyond : {0s, 1s}) {
      const core::CoreConfig config = fixed(sync + beyond, pace, true);
      ASSERT_EQ(core::find_kb2638243(config).has_value(), beyond > 0s);
      SyncedWorld world(config);
      for (int spike = 0; spike < 5; ++spike) {
        world.run.client.kernel().step(-kExternal);
        EXPECT_EQ(time_to_accept(world, 3 * sync).has_value(), beyond == 0s) << sync.count();
        if (beyond > 0s) break;
        ASSERT_TRUE(
            world.run.world.run_until([&] { return world.run.phase() == Phase::sync; }, 24h));
        world.run.world.run_for(4 * sync);
      }
    }
  }
}

TEST(W32timeProfileInTheSimulator, TheSnapshotShowsThePathOfTheLegacyTimer) {
  SyncedWorld world(fixed(43200s, 1024s, true));
  world.run.client.kernel().step(-kExternal);
  world.run.world.run_for(86400s + 8192s);
  std::vector<std::string> path;
  for (const core::PhaseTransition& each : world.run.transitions)
    path.emplace_back(core::to_string(each.to));
  const std::vector<std::string> once{"Spike", "Unset", "Hold", "Sync"};
  std::vector<std::string> twice = once;
  twice.insert(twice.end(), once.begin(), once.end());
  EXPECT_EQ(path, twice);
  EXPECT_EQ(world.run.phase(), Phase::sync);
  EXPECT_GE(*world.run.snapshot()->clock.error_bound, kExternal)
      << "nobody may be told all is well";
  EXPECT_FALSE(world.run.snapshot()->clock.synchronized);
  EXPECT_EQ(world.run.bound_violations(), 0U);
}

TEST(W32timeProfileInTheSimulator, AFixedIntervalIsKeptThroughSpikeAndJump) {
  SyncedWorld world(fixed(3600s, 64s, false));
  const auto asked = world.server.requests;
  world.run.client.kernel().step(-kExternal);
  world.run.world.run_for(10h);
  EXPECT_EQ(world.server.requests, asked + 10);
  ASSERT_EQ(world.run.jumps.size(), 1U) << "the jump is seen and told as ever";
  EXPECT_EQ(world.run.jumps[0].cause, core::JumpCause::external_step);
}

TEST(W32timeProfileInTheSimulator, HoldTakesTheFirstSampleAndThenItsSamples) {
  EngineWorld run(1, ten_off(), w32time());
  sim::ServerHost& server = run.add_server("a", kLan);
  run.start();
  ASSERT_TRUE(run.world.run_until([&] { return run.phase() == Phase::hold; }, 10s));
  EXPECT_EQ(server.requests, 1U);
  ASSERT_TRUE(run.world.run_until([&] { return run.phase() == Phase::sync; }, 10min));
  EXPECT_EQ(server.requests, 6U);
}

TEST(W32timeProfileInTheSimulator, AnExternalStepOfElevenSecondsStandsTheWatchAndIsSlewedAway) {
  for (const Nanos step : {-kExternal, kExternal}) {
    core::CoreConfig config = w32time();
    config.steering.large_offset_slew = Ppm{100'000};
    SyncedWorld world(config);
    world.run.client.kernel().step(step);
    const auto time = time_to_accept(world, 1000s);
    ASSERT_TRUE(time) << format(step);
    EXPECT_GE(*time, 899s) << format(step);
    EXPECT_FALSE(world.run.visited(Phase::disrupted)) << format(step);
    world.run.world.run_for(15min);
    EXPECT_EQ(world.run.phase(), Phase::sync) << format(step);
    EXPECT_LT(magnitude(world.run.client.true_offset()), 1ms) << format(step);
    EXPECT_EQ(world.run.snapshot()->adjustments.steps, 0U) << format(step);
    EXPECT_EQ(world.run.bound_violations(), 0U) << format(step);
  }
}

TEST(W32timeProfileInTheSimulator, BelowTheOneThresholdThereIsNoSpike) {
  for (const Nanos step : {Nanos(200ms), Nanos(-4900ms)}) {
    core::CoreConfig config = w32time();
    config.steering.large_offset_slew = Ppm{100'000};
    SyncedWorld world(config);
    world.run.client.kernel().step(step);
    world.run.world.run_for(20min);
    EXPECT_FALSE(world.run.visited(Phase::spike)) << format(step);
    EXPECT_LT(magnitude(world.run.client.true_offset()), 1ms) << format(step);
  }
}

TEST(W32timeProfileInTheSimulator, ASpikeThatPassesIsNotFollowed) {
  SyncedWorld world(w32time());
  world.run.world.run_for(2h);
  world.run.reset_error();
  world.server.personality.offset = 7s;
  ASSERT_TRUE(world.run.world.run_until([&] { return world.run.phase() == Phase::spike; }, 1h));
  world.run.world.run_for(10min);
  world.server.personality.offset = 0s;
  world.run.world.run_for(2h);
  EXPECT_EQ(world.run.phase(), Phase::sync);
  EXPECT_EQ(world.run.snapshot()->phase.event_50, 0U);
  EXPECT_LT(world.run.largest_error(), 5ms);
}

TEST(W32timeProfileInTheSimulator, SourcesThatMoveTogetherWaitForTheWatchAndALiarIsOutvoted) {
  for (const int servers : {2, 4}) {
    EngineWorld run(5, ten_off(), w32time());
    std::vector<sim::ServerHost*> hosts;
    hosts.reserve(static_cast<std::size_t>(servers));
    for (int i = 0; i < servers; ++i)
      hosts.push_back(&run.add_server("s" + std::to_string(i), kLan));
    run.start();
    run.world.run_for(2h);
    if (servers > 2) hosts[0]->personality.offset = -90s;
    run.world.run_for(2h);
    EXPECT_FALSE(run.visited(Phase::spike)) << servers;
    EXPECT_LT(magnitude(run.client.true_offset()), 1ms) << servers;
    for (sim::ServerHost* host : hosts) host->personality.offset = 7s;
    ASSERT_TRUE(run.world.run_until(
        [&] { return run.phase() == Phase::spike || run.phase() == Phase::alarm; }, 2h));
    run.world.run_for(880s);
    EXPECT_LT(magnitude(run.client.true_offset()), 5ms) << servers;
    run.world.run_for(2h);
    EXPECT_EQ(run.snapshot()->phase.event_50, 1U) << servers;
    EXPECT_LT(magnitude(run.client.true_offset() + 7s), 5ms) << servers;
    EXPECT_EQ(run.phase(), Phase::sync) << servers;
  }
}

TEST(W32timeProfileInTheSimulator, PanicIsAnAlarmStill) {
  SyncedWorld world(w32time());
  world.server.personality.offset = 2000s;
  world.run.world.run_for(2h);
  EXPECT_EQ(world.run.phase(), Phase::alarm);
  world.server.personality.offset = 0s;
  world.run.world.run_for(1h);
  EXPECT_EQ(world.run.phase(), Phase::sync);
  EXPECT_LT(magnitude(world.run.client.true_offset()), 5ms);
}

TEST(W32timeProfileInTheSimulator, AnObserverKnowsAnExternalStepAtOnce) {
  core::CoreConfig config = w32time();
  config.mode = core::Mode::observe;
  EngineWorld run(3, ten_off(), config);
  run.add_server("a", kLan);
  run.start();
  run.world.run_for(1h);
  run.client.kernel().step(-kExternal);
  run.world.run_for(2s);
  EXPECT_EQ(run.phase(), Phase::observe);
  EXPECT_LT(magnitude(*run.snapshot()->clock.offset - run.client.true_offset()), 5ms);
}

TEST(W32timeProfileInTheSimulator, AReloadChangesTheProfileInPlace) {
  SyncedWorld world(EngineWorld::default_config());
  world.run.reload([](core::CoreConfig& config) {
    config.phase.profile = core::Profile::w32time;
    config.phase.special_poll_interval = 3600s;
  });
  world.run.world.run_for(2h);
  const auto asked = world.server.requests;
  world.run.world.run_for(5h);
  EXPECT_EQ(world.server.requests, asked + 5);
  EXPECT_EQ(world.run.phase(), Phase::sync);
}

TEST(W32timeProfileInTheSimulator, SilenceIsHoldoverAndAStepIsStillTakenAtTheStart) {
  core::CoreConfig config = w32time();
  config.step.at_startup = core::StartupStep::forward;
  EngineWorld run(4, {.offset = 15min}, config);
  sim::ServerHost& server = run.add_server("a", kLan);
  run.start();
  run.world.run_for(10min);
  EXPECT_EQ(run.snapshot()->adjustments.steps, 1U);
  EXPECT_EQ(run.phase(), Phase::sync);
  EXPECT_FALSE(run.visited(Phase::spike));
  EXPECT_LT(magnitude(run.client.true_offset()), 10ms);
  server.personality.manner = sim::ServerManner::silent;
  run.world.run_for(6h);
  EXPECT_EQ(run.phase(), Phase::holdover);
}

}  // namespace
}  // namespace slewd::tests
