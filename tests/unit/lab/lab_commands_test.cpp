// SPDX-License-Identifier: Apache-2.0
#include "lab/lab_commands.hpp"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/temporary_folder.hpp"

namespace slewd::lab {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(LabCommands, APlanTakesTheRatesOfTheConfigurationFile) {
  const TemporaryFolder folder;
  PlanArguments arguments;
  arguments.offset = "-11s";
  arguments.config =
      folder.write("slewd.json", R"({"steering": {"large_offset_slew": "10000ppm"}})");
  const auto text = run_plan(arguments);
  ASSERT_TRUE(text) << text.error().describe();
  EXPECT_THAT(*text, HasSubstr("slower by up to 10000 ppm (1.000 %)"));
  arguments.json = true;
  EXPECT_EQ(nlohmann::json::parse(*run_plan(arguments))["slew"]["rate_ratio"], 0.01);
}

TEST(LabCommands, AWrongConfigurationFileIsToldWithItsLine) {
  const TemporaryFolder folder;
  const std::string path = folder.write("slewd.json", "{\n\"steering\": {\"max_slow\": 3}}");
  PlanArguments plan;
  plan.offset = "11s";
  plan.config = path;
  SimulateArguments simulation;
  simulation.scenario = "outage";
  simulation.config = path;
  for (const auto& text : {run_plan(plan), run_simulate(simulation)}) {
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code(), ErrorCode::invalid);
    EXPECT_THAT(text.error().describe(), HasSubstr(path + ":2: steering.max_slow"));
  }
}

TEST(LabCommands, ASimulationWritesPlotAndSeriesOnRequest) {
  const TemporaryFolder folder;
  SimulateArguments arguments;
  arguments.scenario = "suspend";
  arguments.svg = folder.file("plot.svg");
  arguments.json_file = folder.file("series.json");
  const auto text = run_simulate(arguments);
  ASSERT_TRUE(text) << text.error().describe();
  EXPECT_THAT(*text, StartsWith("suspend: "));
  EXPECT_THAT(content(arguments.svg), StartsWith("<svg "));
  EXPECT_TRUE(nlohmann::json::parse(content(arguments.json_file)).contains("series"));
}

TEST(LabCommands, AFileThatCannotBeWrittenIsNamedWithItsOption) {
  const TemporaryFolder folder;
  SimulateArguments arguments;
  arguments.scenario = "suspend";
  arguments.svg = folder.file("none/plot.svg");
  const auto text = run_simulate(arguments);
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().describe(), StartsWith("--svg: "));
}

TEST(LabCommands, WithoutAScenarioTheListIsPointedOut) {
  const auto text = run_simulate({});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code(), ErrorCode::invalid);
  EXPECT_THAT(text.error().describe(), HasSubstr("--list"));
  SimulateArguments list;
  list.list = true;
  EXPECT_THAT(*run_simulate(list), HasSubstr("eleven_seconds"));
}

}  // namespace
}  // namespace slewd::lab
