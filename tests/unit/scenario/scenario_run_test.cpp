// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/scenario_run.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "sim/scenario/scenario_file.hpp"

#include "tests/unit/scenario/scenario_text.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLanMembers = R"("statistics_from": "10m", "polls": ["6:6"],
    "client": {"ahead": "10ms", "frequency": "10ppm", "wander": 1e-9},
    "servers": [{"delay": "100us", "jitter": "50us"}])";

Scenario story(const std::string& members, const std::string& length = "1h") {
  Result<Scenario> scenario = parse_scenario(tests::scenario_text(members, length), "story.json");
  EXPECT_TRUE(scenario) << scenario.error().describe();
  return scenario ? std::move(*scenario) : Scenario();
}

ScenarioResult told(const Scenario& scenario, std::uint64_t seed = 1, Nanos series_every = {}) {
  RunChoice choice;
  choice.poll = scenario.polls[0];
  choice.rate = scenario.rates[0];
  choice.seed = seed;
  choice.series_every = series_every;
  return run_scenario(scenario, choice);
}

TEST(ScenarioRun, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const Scenario scenario = story(kLanMembers);
  const ScenarioResult first = told(scenario);
  const ScenarioResult again = told(scenario);
  EXPECT_EQ(first.trace_hash, again.trace_hash);
  EXPECT_EQ(first.figures.rms, again.figures.rms);
  EXPECT_NE(first.trace_hash, told(scenario, 2).trace_hash);
}

TEST(ScenarioRun, ReportsWhatALanComesTo) {
  const ScenarioResult result = told(story(kLanMembers));
  EXPECT_GT(result.figures.rms, 0);
  EXPECT_LT(result.figures.rms, 200e-6);
  EXPECT_GE(result.figures.max, result.figures.p99);
  EXPECT_NEAR(result.packets_per_hour, 48, 3)
      << "the quick start is part of the first hour's budget";
  EXPECT_EQ(result.steps, 0U);
  EXPECT_FALSE(result.stepped_back);
  EXPECT_EQ(result.breaches, 0U) << result.breach_texts[0];
  EXPECT_GT(result.bound_samples, 3000U);
  EXPECT_EQ(result.bound_broken, 0U);
  EXPECT_EQ(result.last_phase, core::Phase::sync);
}

TEST(ScenarioRun, KeepsASeriesOnlyWhenAskedTo) {
  const Scenario scenario = story(kLanMembers);
  EXPECT_TRUE(told(scenario).series.empty());
  const auto series = told(scenario, 1, 60s).series;
  ASSERT_EQ(series.size(), 60U);
  EXPECT_EQ(series[9].elapsed, 10min);
  EXPECT_GT(series[9].bound, 0s);
  EXPECT_EQ(series[9].phase, core::Phase::sync);
}

TEST(ScenarioRun, CountsStepsAndWhetherTheyWentBack) {
  const std::string far = R"("client": {"ahead": "1h"}, "servers": [{"count": 2, "delay": "1ms"}])";
  const ScenarioResult back = told(story(far + R"(, "core": {"startup_step": "any"})", "5m"));
  EXPECT_EQ(back.steps, 1U);
  EXPECT_TRUE(back.stepped_back);
  const ScenarioResult never = told(story(far, "5m"));
  EXPECT_EQ(never.steps, 0U);
}

TEST(ScenarioRun, JudgesTheClockByUtcAfterALeapSecond) {
  const ScenarioResult result = told(story(R"("date": "2026-12-31T23:30:00Z",
      "events": [{"at": "30m", "kind": "leap_second"}])"));
  EXPECT_NEAR(result.figures.max, 1, 1e-9) << "this machine asks no server";
  EXPECT_NEAR(result.figures.rms, std::sqrt(0.5), 1e-3);
}

TEST(ScenarioRun, SaysWhichLimitsAreBroken) {
  const std::string limits = R"(, "limits": {"time": "1ms", "rms_time": "1ns", "sync": "1h"})";
  const Scenario scenario = story(kLanMembers + limits);
  const auto broken = broken_limits(scenario, told(scenario));
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_EQ(broken[0].substr(0, 8), "rms time");
  const Scenario unlimited = story(kLanMembers);
  EXPECT_TRUE(broken_limits(unlimited, told(unlimited)).empty());
}

TEST(ScenarioRun, OfAMachineWithoutServersEndsUnset) {
  const ScenarioResult result = told(story(R"("client": {"ahead": "1s"})"));
  EXPECT_EQ(result.last_phase, core::Phase::unset);
  EXPECT_EQ(result.packets_per_hour, 0);
  EXPECT_NEAR(result.figures.rms, 1, 1e-6);
}

}  // namespace
}  // namespace slewd::sim
