// SPDX-License-Identifier: Apache-2.0
// The search for the worst, and the plain reference beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_document.hpp"
#include "sim/scenario/scenario_file.hpp"

#include "tests/sim/scenario_writer.hpp"
#include "tests/sim/worst_search.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

sim::Scenario quiet_world() {
  sim::Scenario scenario;
  scenario.name = "quiet";
  scenario.length = 6h;
  scenario.statistics_from = 1h;
  scenario.polls = {{64s, 64s}};
  scenario.rates = {Ppm{500}};
  scenario.client.ahead = 1ms;
  scenario.client.frequency = Ppm{20};
  scenario.client.wander = 1e-9;
  scenario.core.mode = core::Mode::takeover;
  scenario.core.step.at_startup = core::StartupStep::never;
  sim::ServerLaw server;
  server.name = "a";
  server.up.delay = server.down.delay = 1ms;
  server.up.jitter = server.down.jitter = 100us;
  scenario.servers.push_back(server);
  return scenario;
}

sim::RunFigures plain_figures(const sim::Scenario& world) {
  PlainReference plain(world);
  static_cast<void>(sim::run_scenario(world, choice_for(world, plain)));
  return plain.finish();
}

Harm harm_of(const sim::Scenario& world) {
  HarmJudge judge(world, world.polls.front());
  return judge.finish(sim::run_scenario(world, choice_for(world, judge)));
}

TEST(PlainReference, FollowsAQuietServerToWithinItsJitter) {
  const sim::RunFigures figures = plain_figures(quiet_world());
  EXPECT_LT(figures.rms, 60e-6);
  EXPECT_GT(figures.rms, 1e-6);
}

TEST(PlainReference, SlewsAFoundPauseNoFasterThanSlewdMay) {
  sim::Scenario world = quiet_world();
  sim::Happening pause;
  pause.kind = sim::EventKind::vm_pause;
  pause.at = 2h;
  pause.length = 100ms;
  world.events.push_back(pause);
  world.watched = sim::Window{2h, 3h};
  const sim::RunFigures figures = plain_figures(world);
  EXPECT_NEAR(figures.max, 0.1, 1e-3);
  EXPECT_LT(figures.event_end, 1e-3) << "an hour is enough for 100 ms at 500 ppm";
}

TEST(PlainReference, DoesNotTouchTheRun) {
  const sim::Scenario world = quiet_world();
  sim::RunChoice alone;
  alone.poll = world.polls.front();
  alone.rate = world.rates.front();
  PlainReference plain(world);
  EXPECT_EQ(sim::run_scenario(world, choice_for(world, plain)).trace_hash,
            sim::run_scenario(world, alone).trace_hash);
}

TEST(HarmJudge, FindsNoneInAQuietWorld) {
  const Harm harm = harm_of(quiet_world());
  EXPECT_LT(harm.ratio, 1.5);
  EXPECT_EQ(harm.unexcused, 0U);
  EXPECT_EQ(harm.refused, 0U);
  EXPECT_GT(harm.bound_seconds, 20'000U);
  EXPECT_LT(harm.frequency, 20);
}

TEST(HarmJudge, ExcusesWhatTheOnlyServerIsWrongBy) {
  sim::Scenario world = quiet_world();
  sim::Happening lie;
  lie.kind = sim::EventKind::server_step;
  lie.at = 3h;
  lie.amount = 20ms;
  world.events.push_back(lie);
  const Harm harm = harm_of(world);
  EXPECT_LT(harm.ratio, 1.5);
  EXPECT_EQ(harm.unexcused, 0U);
  EXPECT_GT(harm.outside, 0U);
}

TEST(RandomWorlds, AreTheSameForTheSameSeedAndReadBackFromTheirText) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const sim::Scenario world = draw_world(seed);
    EXPECT_EQ(describe(world), describe(draw_world(seed)));
    const std::string text = scenario_text(world);
    const Result<sim::Scenario> read = sim::parse_scenario(text, "world");
    ASSERT_TRUE(read) << seed << ": " << read.error().describe();
    EXPECT_EQ(scenario_text(*read), text);
    EXPECT_EQ(describe(*read), describe(world));
  }
}

TEST(RandomWorlds, RunTheSameFromTheirText) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    sim::Scenario world = draw_world(seed);
    world.length = 30min;
    world.statistics_from = 10min;
    std::erase_if(world.events, [](const auto& event) {
      return event.kind == sim::EventKind::leap_second || event.at > 30min;
    });
    const Result<sim::Scenario> read = sim::parse_scenario(scenario_text(world), "world");
    ASSERT_TRUE(read) << read.error().describe();
    sim::RunChoice choice;
    choice.poll = world.polls.front();
    choice.rate = world.rates.front();
    choice.seed = seed;
    EXPECT_EQ(sim::run_scenario(world, choice).trace_hash,
              sim::run_scenario(*read, choice).trace_hash);
  }
}

TEST(WorstSearch, KeepsTheWorstOfEachKindInOrder) {
  SearchChoice choice;
  choice.worlds = 3;
  choice.kept = 2;
  const SearchResult result = search_worst(choice);
  EXPECT_EQ(result.worlds, 3U);
  const auto& errors = result.worst.front();
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_GE(errors[0].harm.ratio, errors[1].harm.ratio);
  EXPECT_THAT(text_of(result), HasSubstr("seed " + std::to_string(errors[0].seed)));
  EXPECT_THAT(worst_page(result, "./dev worst"), HasSubstr("There were 3 worlds"));
  EXPECT_TRUE(parse_json(json_of(result), "worst.json"));
}

}  // namespace
}  // namespace slewd::tests
