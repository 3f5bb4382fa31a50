// SPDX-License-Identifier: Apache-2.0
#include "agent/app/trace_file.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

core::Decision decision(Nanos mono = 10s) {
  return {.at = {.mono = MonoTime{mono},
                 .raw = RawTime{mono},
                 .boot = BootTime{mono},
                 .wall = WallTime{1'767'225'600s + 1ns}},
          .phase = core::Phase::sync,
          .offset = -1500us,
          .frequency = Ppm{23.25},
          .slew_rate = Ppm{-500},
          .poll_interval = 64s,
          .bound = 2ms};
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(TraceFile, SaysADecisionInSecondsAndPpm) {
  EXPECT_EQ(trace_line(decision()),
            R"({"mono":10.000000000,"wall":1767225600.000000001,"state":"Sync",)"
            R"("offset":-0.001500000,"bound":0.002000000,"frequency":23.250000,)"
            R"("slew":-500.000000,"remaining":-0.001500000,"poll":64.000000000})"
            "\n");
  EXPECT_TRUE(nlohmann::json::accept(trace_line(decision())));
}

TEST(TraceFile, NothingRemainsToBeMovedWithoutASlew) {
  core::Decision observing = decision();
  observing.slew_rate = Ppm{0};
  EXPECT_EQ(nlohmann::json::parse(trace_line(observing))["remaining"], 0);
}

TEST(TraceFile, WithoutAPathNothingIsWritten) {
  TraceFile trace("");
  EXPECT_TRUE(trace.append(decision()));
}

TEST(TraceFile, GoesOnWhereAnEarlierRunHasEnded) {
  const TemporaryFolder folder;
  const std::string path = folder.file("trace.jsonl");
  for (int run = 0; run < 2; ++run) ASSERT_TRUE(TraceFile(path).append(decision()));
  EXPECT_EQ(text_of(path), trace_line(decision()) + trace_line(decision()));
}

TEST(TraceFile, AFullFileBecomesTheOlderOne) {
  const TemporaryFolder folder;
  const std::string path = folder.file("trace.jsonl");
  TraceFile trace(path, 2 * trace_line(decision()).size());
  for (int n = 1; n <= 5; ++n) ASSERT_TRUE(trace.append(decision(10s + Nanos{n})));
  EXPECT_EQ(text_of(path + ".1"),
            trace_line(decision(10s + 3ns)) + trace_line(decision(10s + 4ns)));
  EXPECT_EQ(text_of(path), trace_line(decision(10s + 5ns)));
}

TEST(TraceFile, AFileThatSomebodyTookAwayIsBegunAnew) {
  const TemporaryFolder folder;
  const std::string path = folder.file("trace.jsonl");
  TraceFile deleted(path);
  ASSERT_TRUE(deleted.append(decision()));
  std::filesystem::remove(path);
  ASSERT_TRUE(deleted.append(decision()));
  EXPECT_EQ(text_of(path), trace_line(decision()));
  TraceFile moved(path, trace_line(decision()).size());
  ASSERT_TRUE(moved.append(decision()));
  std::filesystem::rename(path, path + ".old");
  EXPECT_TRUE(moved.append(decision()));
  EXPECT_EQ(text_of(path), trace_line(decision()));
}

TEST(TraceFile, AFolderThatComesLateIsNoReasonToGiveUp) {
  const TemporaryFolder folder;
  const std::string path = folder.file("late/trace.jsonl");
  TraceFile trace(path);
  const auto refused = trace.append(decision());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().describe().find(path), std::string::npos);
  ASSERT_TRUE(std::filesystem::create_directory(folder.file("late")));
  EXPECT_TRUE(trace.append(decision()));
  EXPECT_EQ(text_of(path), trace_line(decision()));
}

TEST(TraceFile, ALineThatAFullDiskRefusesIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  TraceFile trace("/dev/full");
  const auto refused = trace.append(decision());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::limit);
}

}  // namespace
}  // namespace slewd::app
