// SPDX-License-Identifier: Apache-2.0
// Segments on disk, read back by the header that applications include.
#include "agent/clockbound/segment_writer.hpp"

#include <atomic>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/clockbound/include/slewd/now.h"
#include "agent/clockbound/segment_layout.hpp"
#include "agent/os/clock/system_clock.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::clockbound {
namespace {

using namespace std::chrono_literals;

MonoTime monotonic() { return os::SystemClock().now().mono; }

TimeBound from_now(Nanos age, Nanos bound, std::uint32_t growth = 0) {
  const MonoTime now = monotonic();
  return {.as_of = now - age,
          .void_after = now - age + kHorizon,
          .bound = bound,
          .growth_ppb = growth,
          .status = Status::synchronized,
          .disruptions = 3};
}

class Segments : public testing::Test {
 protected:
  SegmentFile open(std::uint16_t version = kVersion2, std::size_t bytes = sizeof(Version2)) {
    auto file = SegmentFile::open(path, version, bytes);
    EXPECT_TRUE(file) << file.error().describe();
    return std::move(*file);
  }
  slewd_interval read(slewd_now_segment& segment) {
    slewd_interval now{};
    EXPECT_EQ(slewd_now(&segment, &now), 0);
    return now;
  }

  TemporaryFolder folder;
  std::string path = folder.file("shm0");
};

TEST_F(Segments, AReaderSeesWhatIsWritten) {
  SegmentFile file = open();
  slewd_now_segment segment{};
  EXPECT_EQ(slewd_now_open(&segment, path.c_str()), -1);
  EXPECT_EQ(errno, EAGAIN) << "nothing has been written yet";
  file.write(version_2(from_now(0s, 7ms)));
  ASSERT_EQ(slewd_now_open(&segment, path.c_str()), 0);
  slewd_interval now = read(segment);
  EXPECT_EQ(now.status, SLEWD_NOW_SYNCHRONIZED);
  EXPECT_NEAR(static_cast<double>(now.latest - now.earliest), 14e6, 100);
  EXPECT_EQ(now.disruptions, 3U);
  file.write(version_2(from_now(10s, 1ms, 100'000)));
  now = read(segment);
  EXPECT_GE(now.latest - now.earliest, 4'000'000) << "2 ms, and 100 ppm for 10 s twice";
  slewd_now_close(&segment);
}

TEST_F(Segments, WhatIsTooOldIsUnknown) {
  SegmentFile file = open();
  file.write(version_2(from_now(kHorizon + 1s, 1ms)));
  slewd_now_segment segment{};
  ASSERT_EQ(slewd_now_open(&segment, path.c_str()), 0);
  EXPECT_EQ(read(segment).status, SLEWD_NOW_UNKNOWN);
  slewd_now_close(&segment);
}

TEST_F(Segments, AWriterThatStartsAnewGoesOnWithTheSameFile) {
  slewd_now_segment segment{};
  {
    SegmentFile file = open();
    file.write(version_2(from_now(0s, 7ms)));
    ASSERT_EQ(slewd_now_open(&segment, path.c_str()), 0);
  }
  EXPECT_EQ(read(segment).status, SLEWD_NOW_SYNCHRONIZED) << "the file stays";
  SegmentFile again = open();
  again.write(version_2(from_now(0s, 1ms)));
  const slewd_interval now = read(segment);
  EXPECT_LT(now.latest - now.earliest, 3'000'000);
  slewd_now_close(&segment);
}

TEST_F(Segments, AFileOfAnotherLayoutIsReplaced) {
  std::ofstream(path) << "something that is no segment, but is long enough to be one in the end: "
                         "eighty bytes and more";
  SegmentFile file = open();
  file.write(version_2(from_now(0s, 7ms)));
  slewd_now_segment segment{};
  ASSERT_EQ(slewd_now_open(&segment, path.c_str()), 0);
  EXPECT_EQ(read(segment).status, SLEWD_NOW_SYNCHRONIZED);
  slewd_now_close(&segment);
  struct stat about {};
  ASSERT_EQ(::stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_size, 80);
  EXPECT_EQ(about.st_mode & 0777U, 0644U);
}

TEST_F(Segments, ALinkOrAMissingFolderIsRefusedWithItsPath) {
  ASSERT_EQ(::symlink("/etc/hostname", path.c_str()), 0);
  EXPECT_FALSE(SegmentFile::open(path, kVersion2, sizeof(Version2)));
  const auto none = SegmentFile::open(folder.file("none/shm0"), kVersion2, sizeof(Version2));
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().describe().find("none/shm0"), std::string::npos);
}

TEST_F(Segments, AnotherLayoutIsNoSegmentForAReader) {
  SegmentFile file = open(kVersion3, sizeof(Version3));
  file.write(version_3({}));
  slewd_now_segment segment{};
  EXPECT_EQ(slewd_now_open(&segment, path.c_str()), -1);
  EXPECT_EQ(errno, EPROTO);
}

// The width of each interval says which of two contents it was: no other may be seen.
TEST_F(Segments, NoReaderSeesHalfOfAnUpdate) {
  SegmentFile file = open();
  TimeBound bound = from_now(0s, 1ms);
  file.write(version_2(bound));
  slewd_now_segment segment{};
  ASSERT_EQ(slewd_now_open(&segment, path.c_str()), 0);
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (int i = 0; i < 20'000; ++i) {
      bound.bound = i % 2 == 0 ? 9ms : 1ms;
      bound.disruptions = i % 2 == 0 ? 9 : 1;
      file.write(version_2(bound));
    }
    over = true;
  });
  while (!over) {
    const slewd_interval now = read(segment);
    const auto milliseconds = (now.latest - now.earliest) / 2'000'000;
    if (now.disruptions == 3) continue;  // the first content
    EXPECT_EQ(static_cast<std::uint64_t>(milliseconds), now.disruptions);
  }
  writer.join();
  slewd_now_close(&segment);
}

}  // namespace
}  // namespace slewd::clockbound
