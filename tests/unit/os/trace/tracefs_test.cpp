// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/tracefs.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/unit/temporary_folder.hpp"

namespace slewd::os {
namespace {

class TracefsTest : public testing::Test {
 protected:
  void add(const std::string& path, const std::string& format) {
    std::filesystem::create_directories(folder_ / "events" / path);
    std::ofstream(folder_ / "events" / path / "format") << format;
  }

  TemporaryFolder scratch_;
  const std::filesystem::path folder_ = scratch_.path();
};

TEST_F(TracefsTest, TracepointsThatAKernelLacksAreLeftOut) {
  add("syscalls/sys_enter_settimeofday", "ID: 449\n");
  add("sched/sched_process_exit", "ID: 369\n\tfield:char comm[16];\toffset:8;\n");
  EXPECT_EQ(read_tracefs(folder_.string()),
            (TracepointList{{Traced::settimeofday, 449, 0}, {Traced::process_exit, 369, 8}}));
}

TEST_F(TracefsTest, WithoutATracepointThatSetsTheErrorSaysWhatIsMissing) {
  add("sched/sched_process_exit", "ID: 369\n\tfield:char comm[16];\toffset:8;\n");
  const auto list = read_tracefs(folder_.string());
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code(), ErrorCode::not_found);
  EXPECT_NE(list.error().describe().find("sys_enter_clock_settime"), std::string::npos);
}

TEST_F(TracefsTest, WithoutTracefsTheFileIsReadAndItsMistakesTold) {
  const std::string file = (folder_ / "tracepoints").string();
  const std::vector<std::string> nowhere{"/nowhere", folder_.string()};
  const auto missing = load_tracepoints(file, nowhere, Place::host);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().describe().find("slewd tracepoints --write"), std::string::npos);
  std::ofstream(file) << "syscalls/sys_enter_settimeofday 449 0\n";
  EXPECT_EQ(load_tracepoints(file, nowhere), (TracepointList{{Traced::settimeofday, 449, 0}}));
  std::ofstream(file) << "nonsense\n";
  const auto bad = load_tracepoints(file, nowhere);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code(), ErrorCode::invalid);
}

TEST_F(TracefsTest, InAContainerNobodyIsSentToACommandOfRoot) {
  const auto missing =
      load_tracepoints((folder_ / "tracepoints").string(), {"/nowhere"}, Place::container);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().describe().find("--write"), std::string::npos)
      << missing.error().describe();
  EXPECT_NE(missing.error().describe().find("mount this file of the host"), std::string::npos);
}

TEST_F(TracefsTest, TracefsGoesBeforeTheFile) {
  add("syscalls/sys_enter_settimeofday", "ID: 449\n");
  EXPECT_EQ(load_tracepoints("/nowhere/file", {"/nowhere", folder_.string()}),
            (TracepointList{{Traced::settimeofday, 449, 0}}));
}

}  // namespace
}  // namespace slewd::os
