// SPDX-License-Identifier: Apache-2.0
#include "agent/os/folder_watch.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "agent/os/clock/system_clock.hpp"
#include "agent/os/poll_loop.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::os {
namespace {

class FolderWatchTest : public testing::Test {
 protected:
  void watch(std::vector<std::string> folders) {
    auto started = FolderWatch::start(loop, std::move(folders), [this] { ++changes; });
    ASSERT_TRUE(started) << started.error().describe();
    watching = std::move(*started);
  }
  void expect_a_change() {
    const int before = changes;
    while (changes == before) loop.run_once(Nanos::max());
  }
  void write(const std::string& path) { std::ofstream(path) << "{}"; }

  TemporaryFolder folder;
  SystemClock clock;
  PollLoop loop{clock, PollLoop::Threading::single};
  int changes = 0;
  std::unique_ptr<FolderWatch> watching;
};

TEST_F(FolderWatchTest, AWrittenAndARemovedFileAreReported) {
  watch({folder.path()});
  write(folder.file("a.json"));
  expect_a_change();
  std::filesystem::remove(folder.file("a.json"));
  expect_a_change();
}

TEST_F(FolderWatchTest, AFolderThatComesLaterIsWatched) {
  watch({folder.file("new/sources.d")});
  std::filesystem::create_directories(folder.file("new/sources.d"));
  expect_a_change();
  write(folder.file("new/sources.d/a.json"));
  expect_a_change();
}

TEST_F(FolderWatchTest, ASeriesOfChangesIsReportedOnce) {
  watch({folder.path()});
  for (int i = 0; i < 20; ++i) write(folder.file(std::to_string(i) + ".json"));
  expect_a_change();
  EXPECT_EQ(changes, 1);
}

}  // namespace
}  // namespace slewd::os
