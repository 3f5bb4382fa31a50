// SPDX-License-Identifier: Apache-2.0
// Every file of tests/sim/scenarios is a scenario and can be told, and each recorded row of the
// peers has its scenario.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "sim/scenario/scenario_file.hpp"
#include "sim/scenario/scenario_run.hpp"

#include "tests/sim/peers.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

const std::filesystem::path kFolder = SLEWD_SOURCE_DIR "/tests/sim";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder / "scenarios"))
    all.push_back(entry.path().stem());
  std::ranges::sort(all);
  return all;
}

Result<sim::Scenario> load(const std::string& name) {
  const auto path = kFolder / "scenarios" / (name + ".json");
  return sim::parse_scenario(read_file(path), path.filename().string());
}

std::string name_of(const testing::TestParamInfo<std::string>& info) { return info.param; }

class ScenarioOfTheTable : public testing::TestWithParam<std::string> {};

TEST_P(ScenarioOfTheTable, IsReadAndItsFirstTenMinutesKeepTheInvariants) {
  Result<sim::Scenario> scenario = load(GetParam());
  ASSERT_TRUE(scenario) << scenario.error().describe();
  EXPECT_EQ(scenario->name, GetParam()) << "file and scenario share one name";
  EXPECT_FALSE(scenario->comment.empty());
  EXPECT_FALSE(scenario->servers.empty());
  for (const sim::Happening& event : scenario->events) EXPECT_LT(event.at, scenario->length);
  scenario->length = 10min;
  scenario->statistics_from = 5min;
  for (const core::PollRange& poll : scenario->polls) {
    sim::RunChoice choice;
    choice.poll = poll;
    choice.rate = scenario->rates.front();
    const sim::ScenarioResult result = sim::run_scenario(*scenario, choice);
    EXPECT_EQ(result.breaches, 0U) << result.breach_texts.front();
    EXPECT_FALSE(result.stepped_back);
    EXPECT_GT(result.packets_per_hour + static_cast<double>(result.transitions.size()), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, ScenarioOfTheTable, testing::ValuesIn(names()), name_of);

TEST(ScenarioTable, IsWhole) { EXPECT_GE(names().size(), 183U); }

TEST(PeersFile, HasAGateForEachSteadyRow) {
  const auto peers = Peers::parse(read_file(kFolder / "peers.json"), "peers.json");
  ASSERT_TRUE(peers) << peers.error().describe();
  for (const char* name : {"lan", "lan4", "wan1", "wan5", "wan4", "vm8", "vm7", "asymj", "congest",
                           "temp", "fstep", "loss20", "loss50"}) {
    for (const char* poll : {"6:6", "6:10"}) {
      EXPECT_TRUE(peers->of(name, poll, "chrony43", "rms")) << name << " " << poll;
      EXPECT_TRUE(peers->of(name, poll, "gate", "must_rms")) << name << " " << poll;
      EXPECT_TRUE(peers->of(name, poll, "oracle", "kf_delay")) << name << " " << poll;
    }
  }
  for (const char* name : {"nw_flap", "nw_flapa", "nw_route8", "nw_mig100"})
    for (const char* poll : {"6:6", "6:10"})
      EXPECT_TRUE(peers->of(name, poll, "gate", "must_rms")) << name << " " << poll;
  EXPECT_FALSE(peers->of("lan", "6:6", "nobody", "rms"));
  EXPECT_FALSE(peers->of("nowhere", "6:6", "chrony43", "rms"));
  EXPECT_FALSE(Peers::parse("{}", "peers.json"));
}

}  // namespace
}  // namespace slewd::tests
