// SPDX-License-Identifier: Apache-2.0
// Every disturbance that the simulator knows, in many seeds: one event for each, of the right cause
// and size; and none where nothing happened.
#include <gtest/gtest.h>

#include "base/duration.hpp"
#include "sim/scenario/scenario_run.hpp"

#include "tests/sim/usual_worlds.hpp"
#include "tests/unit/sanitizers.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::JumpCause;
using sim::EventKind;
using sim::Happening;

constexpr std::uint64_t kSeeds = kSanitized ? 20 : 200;

struct Case {
  std::string name;
  Happening event;
  JumpCause cause;
  Nanos size{};       // of the event, as docs/design/jumps.md defines it
  Nanos tolerance{};  // of that size
  std::size_t servers = 1;
  std::optional<Nanos> host_clock{};
  Ppm rate_change{};
};

const std::vector<Case> kCases{
    {"external_step_back",
     {.kind = EventKind::external_step, .amount = -11s},
     JumpCause::external_step,
     -11s,
     1ms},
    {"external_step_of_a_millisecond",
     {.kind = EventKind::external_step, .amount = 1100us},
     JumpCause::external_step,
     1100us,
     1ms},
    {"external_frequency",
     {.kind = EventKind::external_slew, .frequency = Ppm{-140}},
     JumpCause::external_frequency,
     0s,
     0s,
     1,
     std::nullopt,
     Ppm{-140}},
    {"external_adjtime",
     {.kind = EventKind::external_adjtime, .amount = 60ms},
     JumpCause::external_slew,
     60ms,
     1ms},
    {"suspend",
     {.kind = EventKind::suspend, .amount = -400ms, .length = 10min},
     JumpCause::suspend,
     10min - 400ms,
     1ms},
    {"pause_with_three_servers",
     {.kind = EventKind::vm_pause, .length = 5s},
     JumpCause::vm_pause,
     -5s,
     2ms,
     3},
    {"pause_with_a_battery_clock",
     {.kind = EventKind::vm_pause, .length = 10s},
     JumpCause::vm_pause,
     -10s,
     2ms,
     1,
     500ms},
    {"pause_with_a_host_clock",
     {.kind = EventKind::vm_pause, .length = 2s},
     JumpCause::vm_pause,
     -2s,
     2ms,
     1,
     10us},
    {"pause_with_the_tsc_kept",
     {.kind = EventKind::vm_pause, .length = 5s, .tsc_kept = true},
     JumpCause::vm_pause,
     0s,
     1ms},
    {"migration",
     {.kind = EventKind::migration, .length = 500ms, .frequency = Ppm{20}, .signalled = true},
     JumpCause::migration,
     0s,
     2ms},
    {"snapshot",
     {.kind = EventKind::snapshot_rollback, .length = 10min, .signalled = true},
     JumpCause::snapshot,
     -10min,
     5ms},
};

sim::Scenario story(const Case& each) {
  sim::Scenario scenario;
  scenario.name = each.name;
  scenario.length = 75min;
  scenario.client.ahead = 10ms;
  scenario.client.frequency = Ppm{10};
  scenario.client.wander = 1e-9;
  scenario.client.host_clock = each.host_clock;
  for (std::size_t i = 0; i < each.servers; ++i)
    scenario.servers.push_back({.name = "s" + std::to_string(i), .up = kLan, .down = kLan});
  scenario.events = {each.event};
  scenario.events.front().at = 45min;
  scenario.core.step.at_startup = core::StartupStep::never;
  scenario.core.phase.panic = 24h;
  return scenario;
}

class EachJump : public testing::TestWithParam<Case> {};

TEST_P(EachJump, IsOneEventOfTheRightCauseAndSizeInEverySeed) {
  const Case& each = GetParam();
  const sim::Scenario scenario = story(each);
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto result = run_scenario(scenario, {.poll = {64s, 64s}, .rate = Ppm{0}, .seed = seed});
    ASSERT_EQ(result.jumps.size(), 1U) << "seed " << seed;
    const core::ClockEvent& event = result.jumps.front();
    ASSERT_EQ(to_string(event.cause), to_string(each.cause))
        << "seed " << seed << ", by " << event.witnesses;
    ASSERT_NE(event.uncertainty, core::kUnknownSize) << "seed " << seed;
    ASSERT_LE(magnitude(event.size - each.size), each.tolerance)
        << "seed " << seed << ": " << format(event.size);
    if (each.rate_change != Ppm{0}) {
      ASSERT_NEAR(event.rate_change.value, each.rate_change.value, 15) << "seed " << seed;
    }
    const bool external = each.name.starts_with("external");
    ASSERT_EQ(event.originator.empty(), !external) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Jumps, EachJump, testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

TEST(NoJump, InHonestDaysWithStolenTimeAndLeapSeconds) {
  constexpr int kDaysBetweenLeaps = 30;  // each month has one
  constexpr sim::TrueTime kTenDaysBeforeJulyOf2026{1'782'000'000s};
  core::CoreConfig config = with_long_polls();
  config.leap.months = {6, 7};
  EngineWorld run(3,
                  {.offset = 10ms,
                   .oscillator = {.frequency = Ppm{10}, .wander = 1e-9},
                   .timer_latency = 200us,
                   .stamp_noise = 20us},
                  config, kTenDaysBeforeJulyOf2026);
  std::vector<sim::ServerHost*> servers;
  for (const char* name : {"a", "b", "c"}) servers.push_back(&run.add_server(name, kLan));
  run.client.witnesses().signs.steal = 0s;
  run.client.add_host_clock(500ms);
  run.start();
  run.world.every(7min, [&] {
    run.client.stall(300ms);
    *run.client.witnesses().signs.steal += 300ms;
  });
  // The kernel leaps, armed by somebody at the last moment, and the servers leap with it.
  for (const int sign : {1, -1}) {
    run.world.run_for((sign > 0 ? 9 : kDaysBetweenLeaps) * 24h + 1h);
    const Nanos until_midnight = 24h - run.client.kernel().wall().since_epoch % (24h);
    run.world.run_for(until_midnight - 300ms - (sign < 0 ? 1s : 0s));
    run.client.kernel().set_status(sign > 0 ? sim::kStatusInsert : sim::kStatusDelete);
    ASSERT_TRUE(run.world.run_until([&] { return !run.jumps.empty(); }, 2s));
    for (sim::ServerHost* server : servers) server->personality.offset -= sign * 1s;
    run.client.kernel().set_status(0);
    for (const core::ClockEvent& event : run.jumps)
      EXPECT_EQ(event.cause, JumpCause::leap) << format(event.size) << event.witnesses;
    ASSERT_EQ(run.jumps.size(), 1U);
    EXPECT_EQ(run.jumps.front().size, sign * -1s);
    run.jumps.clear();
    run.world.run_for(1h);
    EXPECT_LT(magnitude(run.client.true_offset() - (sign > 0 ? 1s : 0s)), 5ms)
        << "with the servers";
  }
  run.world.run_for((kSanitized ? 1 : 10) * 24h);
  for (const core::ClockEvent& event : run.jumps)
    ADD_FAILURE() << to_string(event.cause) << " " << format(event.size) << " by "
                  << event.witnesses;
}

struct Moved {
  std::vector<JumpCause> causes;
  std::uint64_t steps = 0;
};

// With jumps.after_pause "step_forward" and no other clock; the servers that move do so after an
// hour, for good, unless the machine itself stands still.
Moved move_servers(std::size_t count, std::size_t moving, Nanos by, bool paused,
                   Nanos one_is_off = 0s) {
  sim::Scenario scenario;
  scenario.name = "moved";
  scenario.length = paused ? 3h + by : 3h;
  scenario.client.frequency = Ppm{12};
  for (std::size_t i = 0; i < count; ++i)
    scenario.servers.push_back({.name = "s" + std::to_string(i), .up = kLan, .down = kLan});
  scenario.servers.back().ahead = one_is_off;
  if (paused)
    scenario.events.push_back({.at = 1h, .kind = EventKind::vm_pause, .length = by});
  else
    for (std::size_t i = 0; i < moving; ++i)
      scenario.events.push_back({.at = 1h,
                                 .kind = EventKind::server_step,
                                 .server = "s" + std::to_string(i),
                                 .amount = by});
  scenario.core.jumps.after_pause = core::AfterPause::step_forward;
  const auto result = run_scenario(scenario, {});
  Moved moved;
  for (const core::ClockEvent& event : result.jumps) moved.causes.push_back(event.cause);
  moved.steps = result.steps;
  return moved;
}

TEST(JumpOfServers, TwoThatMoveTogetherAreNoPauseWhileAThirdContradicts) {
  for (const Nanos by : std::vector<Nanos>{10s, 900s, 1h, 30 * 24h})
    for (const std::size_t count : {3U, 4U}) {
      const Moved moved = move_servers(count, count - 1, by, false);
      EXPECT_EQ(moved.steps, 0U) << format(by);
      for (const JumpCause cause : moved.causes) EXPECT_EQ(cause, JumpCause::unknown) << format(by);
    }
}

TEST(JumpOfServers, AllThatMoveAlikeShowAPauseAndTwoAreBelievedUpToPanic) {
  for (const std::size_t count : {3U, 4U}) EXPECT_EQ(move_servers(count, 0, 2h, true).steps, 1U);
  EXPECT_EQ(move_servers(2, 0, 600s, true).steps, 1U);
  EXPECT_EQ(move_servers(2, 0, 2h, true).steps, 0U);
  // One that has been wrong all the time moves with the others.
  for (const Nanos off : std::vector<Nanos>{-3h, 3h, -90min})
    EXPECT_EQ(move_servers(4, 0, 2h, true, off).steps, 1U) << format(off);
}

TEST(JumpWhileObserving, APauseThatOnlyTheServersSeeIsTold) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    core::CoreConfig config = EngineWorld::default_config();
    config.mode = core::Mode::observe;
    EngineWorld run(seed, ten_off(), config);
    for (const char* name : {"a", "b", "c"}) run.add_server(name, kLan);
    run.start();
    run.world.run_for(1h);
    EXPECT_TRUE(run.jumps.empty()) << "seed " << seed;
    run.client.pause(30s);
    run.world.run_for(20min);
    ASSERT_EQ(run.jumps.size(), 1U) << "seed " << seed;
    EXPECT_EQ(run.jumps[0].cause, JumpCause::vm_pause) << "seed " << seed;
    EXPECT_LE(magnitude(run.jumps[0].size + 30s), 2ms) << "seed " << seed;
    EXPECT_LE(magnitude(*run.snapshot()->clock.offset - 30s), 2s) << "seed " << seed;
  }
}

}  // namespace
}  // namespace slewd::tests
