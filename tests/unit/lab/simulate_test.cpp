// SPDX-License-Identifier: Apache-2.0
#include "lab/simulate.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/scenario/scenario_file.hpp"

#include "lab/simulate_story.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::lab {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

Simulation simulated(const std::string& scenario, const std::string& poll = "",
                     const core::CoreConfig& config = {}) {
  auto simulation = simulate({scenario, 1, 1, poll, config, "slewd's defaults"});
  EXPECT_TRUE(simulation) << simulation.error().describe();
  return *simulation;
}

Error simulation_refusal(const SimulateRequest& request) {
  auto simulation = simulate(request);
  EXPECT_FALSE(simulation);
  return simulation ? Error(ErrorCode::internal, "") : simulation.error();
}

constexpr std::string_view kCalm = R"({"schema": "slewd.scenario/1", "name": "calm",
  "comment": "nothing happens", "length": "10m",
  "servers": [{"delay": "1ms", "jitter": "100us"}]})";

TEST(Simulate, EveryShippedScenarioReadsAndKeepsTheHouseRules) {
  std::set<std::string_view> names;
  for (const sim::BuiltinScenario& builtin : sim::builtin_scenarios()) {
    SCOPED_TRACE(builtin.name);
    EXPECT_TRUE(names.insert(builtin.name).second);
    const auto scenario = sim::parse_scenario(builtin.text, builtin.name);
    ASSERT_TRUE(scenario) << scenario.error().describe();
    EXPECT_EQ(scenario->name, builtin.name);
    EXPECT_FALSE(scenario->comment.empty());
    const Simulation simulation = simulated(std::string(builtin.name));
    const SimulatedRun& run = simulation.runs.at(0);
    EXPECT_EQ(run.result.breaches, 0U) << run.result.breach_texts.at(0);
    EXPECT_FALSE(run.result.stepped_back);
    EXPECT_EQ(run.result.last_phase, core::Phase::sync);
    EXPECT_TRUE(run.home_1ms.has_value());
    EXPECT_LT(run.result.bound_broken, scenario->honest ? 10U : 3600U);
  }
  EXPECT_EQ(names.size(), 8U);
}

TEST(Simulate, ListNamesEveryShippedScenarioWithItsComment) {
  const std::string list = simulate_list();
  for (const sim::BuiltinScenario& builtin : sim::builtin_scenarios()) {
    EXPECT_THAT(list, HasSubstr("\n" + std::string(builtin.name) + " "));
    EXPECT_THAT(list, HasSubstr(sim::parse_scenario(builtin.text, "x")->comment));
  }
}

TEST(Simulate, ElevenSecondsAheadAreSlewedHomeAtTheConfiguredRate) {
  const Simulation simulation = simulated("eleven_seconds");
  const SimulatedRun& run = simulation.runs[0];
  ASSERT_EQ(run.excursions.size(), 1U);
  EXPECT_TRUE(run.excursions[0].ended);
  EXPECT_NEAR(to_seconds(run.excursions[0].to), (11 - 0.128) / 5000e-6, 20);
  EXPECT_NEAR(to_seconds(*run.home_1ms), 11 / 5000e-6, 20);
  EXPECT_EQ(run.result.steps, 0U);
}

TEST(Simulate, TheConfigurationDecidesRatesAndStartupStep) {
  core::CoreConfig config;
  config.steering.large_offset_slew = Ppm{83'333};
  const Simulation fast = simulated("eleven_seconds", "", config);
  EXPECT_NEAR(to_seconds(fast.runs[0].excursions.at(0).to), (11 - 0.128) / 83'333e-6, 10);
  EXPECT_EQ(simulated("eleven_behind").runs[0].result.steps, 1U);
  config.step.at_startup = core::StartupStep::never;
  EXPECT_EQ(simulated("eleven_behind", "", config).runs[0].result.steps, 0U);
}

TEST(Simulate, AnObserverLeavesTheClockAlone) {
  core::CoreConfig config;
  config.mode = core::Mode::observe;
  const Simulation simulation = simulated("eleven_seconds", "", config);
  EXPECT_EQ(simulation.runs[0].result.last_phase, core::Phase::observe);
  EXPECT_FALSE(simulation.runs[0].excursions.at(0).ended);
  EXPECT_THAT(simulation_text(simulation), HasSubstr(" to the end (largest 11.3 s)"));
}

TEST(Simulate, ThePollRangeOfTheCommandLineReplacesTheConfiguredOne) {
  EXPECT_EQ(simulated("lying_server").poll, core::PollRange{});
  const Simulation often = simulated("lying_server", "4:4");
  EXPECT_EQ(often.poll, (core::PollRange{16s, 16s}));
  constexpr double kKeptForSurprises = 8;
  EXPECT_NEAR(often.runs[0].result.packets_per_hour, 4 * (3600 / 16.0 - kKeptForSurprises), 20);
  EXPECT_EQ(simulated("lying_server", "64s:128s").poll, (core::PollRange{64s, 128s}));
  for (const std::string poll : {"6", "10:6", "a:b", "6:10s:3", ":"}) {
    const Error error = simulation_refusal({"lying_server", 1, 1, poll, {}, ""});
    EXPECT_EQ(error.code(), ErrorCode::invalid) << poll;
    EXPECT_THAT(error.describe(), HasSubstr("--poll: '" + poll + "'"));
  }
}

TEST(Simulate, TheSameSeedGivesTheSameRunAndAnotherSeedAnother) {
  const auto runs = simulate({"migration", 7, 2, "", {}, ""});
  ASSERT_TRUE(runs);
  ASSERT_EQ(runs->runs.size(), 2U);
  EXPECT_EQ(runs->runs[1].seed, 8U);
  EXPECT_NE(runs->runs[0].result.trace_hash, runs->runs[1].result.trace_hash);
  const auto again = simulate({"migration", 8, 1, "", {}, ""});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->runs[0].result.trace_hash, runs->runs[1].result.trace_hash);
}

TEST(Simulate, TakesAFileOfTheUsersOwn) {
  const TemporaryFolder folder;
  const Simulation simulation = simulated(folder.write("calm.json", kCalm));
  EXPECT_EQ(simulation.scenario.name, "calm");
  EXPECT_THAT(simulation_text(simulation), HasSubstr("calm: nothing happens\n"));
}

TEST(Simulate, AMistakeInAFileIsToldWithItsLine) {
  const TemporaryFolder folder;
  const std::string path = folder.write("bad.json", R"({"schema": "slewd.scenario/1",
  "name": "bad",
  "length": "1h",
  "events": [
    {"at": "10m", "kind": "outtage"}]})");
  const Error error = simulation_refusal({path, 1, 1, "", {}, ""});
  EXPECT_EQ(error.code(), ErrorCode::invalid);
  EXPECT_THAT(error.describe(), HasSubstr(path + ":5: events[0].kind"));
}

TEST(Simulate, AnUnknownNameSuggestsANearOneAndTheList) {
  const Error error = simulation_refusal({"eleven_second", 1, 1, "", {}, ""});
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_THAT(error.describe(), HasSubstr("did you mean 'eleven_seconds'?"));
  EXPECT_THAT(error.describe(), HasSubstr("simulate --list"));
}

TEST(Simulate, TheReportTellsEventsPhasesJumpsAndOutcome) {
  const std::string text = simulation_text(simulated("mail_host_step"));
  EXPECT_THAT(text, HasSubstr("\n  1 h          another program steps the clock 11 s back\n"));
  EXPECT_THAT(text, HasSubstr("\n  at the start Hold"));
  EXPECT_THAT(text, HasSubstr("\n  1 h          -11 s         external step, "));
  EXPECT_THAT(text, HasSubstr("clock set back by slewd   never\n"));
  EXPECT_THAT(text, HasSubstr("clock set back by others  once\n"));
  EXPECT_THAT(text, HasSubstr("seed                      1\n"));
  EXPECT_THAT(text, Not(HasSubstr("Every seed")));
  EXPECT_THAT(text, Not(HasSubstr("VIOLATED")));
}

TEST(Simulate, SeveralSeedsAddATable) {
  const auto simulation = simulate({"suspend", 5, 3, "", {}, "x"});
  ASSERT_TRUE(simulation);
  const std::string text = simulation_text(*simulation);
  EXPECT_THAT(text, HasSubstr("Every seed\nseed "));
  for (const char* const seed : {"\n   5 ", "\n   6 ", "\n   7 "})
    EXPECT_THAT(text, HasSubstr(seed));
}

TEST(Simulate, JsonHasRunsAndOnRequestTheSeries) {
  const Simulation simulation = simulated("outage");
  const auto brief = nlohmann::json::parse(simulation_json(simulation, false));
  EXPECT_EQ(brief["schema"], "slewd.simulation/1");
  EXPECT_FALSE(brief.contains("series"));
  EXPECT_EQ(brief["runs"][0]["steps"], 0);
  const auto whole = nlohmann::json::parse(simulation_json(simulation, true));
  EXPECT_GT(whole["series"].size(), 1000U);
  EXPECT_LE(whole["series"].size(), 20'000U);
  const auto& phases = whole["runs"][0]["phases"];
  EXPECT_EQ(phases.back()["phase"], "Sync");
}

TEST(Simulate, ThePlotKeepsTheLargestErrorThoughItThinsTheSeries) {
  const Simulation simulation = simulated("suspend");
  const std::string svg = simulation_svg(simulation);
  EXPECT_LT(svg.size(), 200'000U);
  EXPECT_GT(simulation.runs[0].result.series.size(), 5000U);
  // The scale ends a tenth above the largest error, or a little higher for the bound around it.
  const std::string before = "text-anchor=\"end\">-";
  const std::size_t label = svg.find(before);
  ASSERT_NE(label, std::string::npos);
  const double top = std::stod(svg.substr(label + before.size()));
  EXPECT_GE(top, 1.1e3 * to_seconds(simulation.runs[0].largest) - 0.05);
  EXPECT_LT(top, 1.2e3 * to_seconds(simulation.runs[0].largest));
}

TEST(SimulateStory, TheStartIsToldWithItsSigns) {
  sim::Scenario scenario;
  scenario.client.ahead = -250ms;
  scenario.client.frequency = Ppm{-30};
  EXPECT_EQ(happenings(scenario).at(0),
            "at the start the clock is 250 ms behind and runs 30 ppm slow");
  scenario.client = {};
  EXPECT_EQ(happenings(scenario).at(0), "at the start the clock is right and runs 0 ppm fast");
}

TEST(SimulateStory, EveryKindOfEventHasWords) {
  sim::Scenario scenario;
  for (std::size_t i = 0; i < sim::kEventKinds; ++i) {
    sim::Happening event;
    event.kind = static_cast<sim::EventKind>(i);
    event.at = std::chrono::seconds(100 - static_cast<int>(i));
    event.server = "a";
    event.length = 30s;
    scenario.events.push_back(event);
  }
  const auto lines = happenings(scenario);
  ASSERT_EQ(lines.size(), sim::kEventKinds + 1);
  const std::set<std::string> different(lines.begin(), lines.end());
  EXPECT_EQ(different.size(), lines.size());
  for (const std::string& line : lines) EXPECT_GT(line.size(), 25U) << line;
  EXPECT_THAT(lines[1], HasSubstr("1 min 24 s   the machine is busy"));  // in order of time
}

}  // namespace
}  // namespace slewd::lab
