// SPDX-License-Identifier: Apache-2.0
// What the daemon does, says and counts when the sources ask for more than a clock can need.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "base/duration.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/scenario/scenario_run.hpp"

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::FrequencyState;
using core::Invariant;

std::uint64_t breaches(const sim::EngineHost& host, Invariant which) {
  return host.snapshot()->invariants[static_cast<std::size_t>(which)];
}

std::ptrdiff_t notes_with(const sim::EngineHost& host, std::string_view part) {
  return std::ranges::count_if(
      host.notes, [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

// Of an oscillator beyond all that is usual the bound knows nothing yet.
void expect_unbroken(const sim::EngineHost& host) {
  for (const std::string& broken : host.broken()) ADD_FAILURE() << broken;
}

// A machine whose oscillator needs a correction of `wrong`.
sim::ClientConfig off_by(Ppm wrong) {
  return {.offset = 10ms, .oscillator = {.frequency = -wrong, .wander = 1e-9}};
}

// When, and how far off, the first warning came.
class WarningWatcher final : public sim::RunWatcher {
 public:
  void begin(sim::EngineHost&) override {}
  void second(sim::EngineHost& host, Nanos elapsed, Nanos error) override {
    const core::ClockView& clock = host.snapshot()->clock;
    if (clock.base_frequency) most = std::max(most, magnitude(*clock.base_frequency));
    const auto note = [&](std::optional<Nanos>& at, Nanos& off, FrequencyState least) {
      if (at || clock.frequency_state < least) return;
      at = elapsed;
      off = magnitude(error);
    };
    note(warned, error_when_warned, FrequencyState::changed);
    note(implausible, error_when_implausible, FrequencyState::implausible);
    began = std::max(began, notes_with(host, "more likely wrong than a clock"));
  }

  std::optional<Nanos> warned;
  Nanos error_when_warned{};
  std::optional<Nanos> implausible;
  Nanos error_when_implausible{};
  Ppm most;
  std::ptrdiff_t began = 0;
};

sim::Scenario ramp_of_a_lone_server() {
  const std::filesystem::path file = SLEWD_SOURCE_DIR "/tests/sim/scenarios/ramp1.json";
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  auto scenario = sim::parse_scenario(text, file.string());
  EXPECT_TRUE(scenario) << scenario.error().describe();
  return std::move(*scenario);
}

TEST(EngineLimits, ALoneServerThatRampsIsAWarningEarlyAndMovesTheBaseFrequencyByNoMoreThan500Ppm) {
  const sim::Scenario scenario = ramp_of_a_lone_server();
  for (const core::PollRange& poll : scenario.polls) {
    WarningWatcher watcher;
    sim::RunChoice choice;
    choice.poll = poll;
    choice.watcher = &watcher;
    const sim::ScenarioResult result = sim::run_scenario(scenario, choice);
    EXPECT_EQ(result.breaches, 0U) << result.breach_texts.front();
    ASSERT_TRUE(watcher.warned);
    EXPECT_LT(*watcher.warned, 3h + 30min) << "the ramp began at 1 h";
    EXPECT_LT(watcher.error_when_warned, 500ms) << "and would have come to 30 s";
    ASSERT_TRUE(watcher.implausible);
    EXPECT_LT(watcher.error_when_implausible, 8s);
    EXPECT_EQ(watcher.began, 2) << "the oscillator has changed, the oscillator is implausible";
    EXPECT_LE(watcher.most, Ppm{500});
  }
}

TEST(EngineLimits, AGuestWithABadlyCalibratedCounterIsKeptAndIsAWarning) {
  for (const double ppm : {560.0, -1944.0}) {
    EngineWorld run(1, off_by(Ppm{ppm}));
    for (const char* name : {"a", "b", "c"}) run.add_server(name, kLan);
    run.start();
    run.world.run_for(50min);
    EXPECT_EQ(run.snapshot()->clock.frequency_state, FrequencyState::implausible);
    EXPECT_EQ(run.snapshot()->clock.frequency_limit, Ppm{500});
    EXPECT_LT(magnitude(run.client.true_offset()), 1ms);
    run.world.run_for(3h);
    EXPECT_NEAR(run.snapshot()->clock.base_frequency->value, ppm, 5) << "after an hour of evidence";
    EXPECT_LT(magnitude(run.client.true_offset()), 1ms);
    EXPECT_EQ(notes_with(run, "more likely wrong than a clock"), 1);
    EXPECT_EQ(breaches(run, Invariant::frequency_limit), 0U);
    EXPECT_TRUE(run.broken().empty());
    // No bound of the first seconds allows for such an oscillator.
    EXPECT_LE(run.bound_violations() * 1000, run.bound_checks()) << ppm;
  }
}

TEST(EngineLimits, AFrequencyBeyondTheConfiguredLimitIsHeldCountedAndToldOnce) {
  EngineWorld run(1, off_by(Ppm{3000}));
  for (const char* name : {"a", "b", "c"}) run.add_server(name, kLan);
  run.start();
  run.world.run_for(6h);
  EXPECT_EQ(run.snapshot()->clock.frequency_state, FrequencyState::beyond_limit);
  EXPECT_EQ(*run.snapshot()->clock.base_frequency, core::kUsualMaxFrequency);
  EXPECT_GT(breaches(run, Invariant::frequency_limit), 10U);
  EXPECT_EQ(notes_with(run, "invariant frequency_limit"), 1);
  expect_unbroken(run);
}

TEST(EngineLimits, TheWarningEndsWithItsCause) {
  EngineWorld run(1, off_by(Ppm{600}));
  for (const char* name : {"a", "b", "c"}) run.add_server(name, kLan);
  run.start();
  run.world.run_for(30min);
  EXPECT_EQ(run.snapshot()->clock.frequency_state, FrequencyState::implausible);
  run.client.shift_frequency(Ppm{590});
  run.world.run_for(2h);
  EXPECT_EQ(run.snapshot()->clock.frequency_state, FrequencyState::plausible);
  EXPECT_EQ(notes_with(run, "plausible again"), 1);
  expect_unbroken(run);
}

TEST(EngineLimits, AMoveThatALoneSourceShowsIsCountedAndOneThatThreeShowIsNot) {
  for (const int servers : {1, 3}) {
    EngineWorld run(1, ten_off());
    for (int i = 0; i < servers; ++i)
      run.add_server(std::string(1, static_cast<char>('a' + i)), kLan);
    run.start();
    run.world.run_for(2h);
    EXPECT_EQ(breaches(run, Invariant::lone_move), 0U);
    run.client.pause(50ms);  // of which nothing tells
    run.world.run_for(2h);
    const bool lone = servers == 1;
    EXPECT_EQ(breaches(run, Invariant::lone_move) > 0, lone);
    EXPECT_EQ(notes_with(run, "invariant lone_move"), lone ? 1 : 0);
    EXPECT_LT(magnitude(run.client.true_offset()), 1ms);
  }
}

}  // namespace
}  // namespace slewd::tests
