// SPDX-License-Identifier: Apache-2.0
#include "agent/records/jump_ledger.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/records/jump_sample.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::records {
namespace {

using namespace std::chrono_literals;
using Ids = std::vector<std::uint64_t>;

std::uint64_t counted(const core::JumpView& view) {
  std::uint64_t sum = 0;
  for (const auto& directions : view.total)
    sum = std::accumulate(directions.begin(), directions.end(), sum);
  return sum;
}

Ids ids(const core::JumpView& view) {
  Ids found;
  for (const core::ClockEvent& event : view.recent) found.push_back(event.id);
  return found;
}

class JumpLedgerFile : public testing::Test {
 protected:
  [[nodiscard]] JumpLedger open(std::size_t rotate_at = limits::kJumpLedgerBytes) const {
    return JumpLedger::open(path, kBoot, rotate_at);
  }
  void put(std::uint64_t first, std::uint64_t last) const {
    JumpLedger ledger = open();
    for (std::uint64_t id = first; id <= last; ++id) ASSERT_TRUE(ledger.append(jump(id)));
  }
  [[nodiscard]] std::string read(const std::string& file) const {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(path, std::ios::binary) << bytes; }

  TemporaryFolder folder{TemporaryFolder::fast_place()};
  std::string path = folder.file("jumps.jsonl");
};

TEST_F(JumpLedgerFile, GoesOnWhereItEnded) {
  put(1, 3);
  JumpLedger ledger = open();
  EXPECT_FALSE(ledger.problem());
  EXPECT_EQ(ledger.history().last_id(), 3U);
  EXPECT_EQ(ids(ledger.history().view()), (Ids{1, 2, 3}));
  EXPECT_EQ(ledger.history().view().largest_backward, 11s);
  EXPECT_EQ(ledger.history().view().recent[1], jump(2)) << "as it was, of this boot";
}

TEST_F(JumpLedgerFile, TellsWhatIsOfAnotherBootAndWhatASnapshotHasBroughtBack) {
  {
    JumpLedger earlier = JumpLedger::open(path, {"another-boot", BootTime{1h}});
    ASSERT_TRUE(earlier.append(jump(1)));
    JumpLedger unnamed = JumpLedger::open(folder.file("x"), {"", BootTime{1h}});
    ASSERT_TRUE(unnamed.append(jump(1)));
  }
  put(2, 2);
  {
    JumpLedger ledger = open();
    core::ClockEvent later = jump(3);
    later.seen_boot = BootTime{2h};  // this machine has been set back since
    ASSERT_TRUE(ledger.append(later));
  }
  const JumpLedger ledger = open();
  EXPECT_TRUE(ledger.history().view().recent[0].former);
  EXPECT_FALSE(ledger.history().view().recent[1].former);
  EXPECT_TRUE(ledger.history().view().recent[2].former);
  const JumpLedger unnamed = JumpLedger::open(folder.file("x"), {"", BootTime{1h}});
  EXPECT_TRUE(unnamed.history().view().recent[0].former) << "nobody can tell: not this one";
}

TEST_F(JumpLedgerFile, TheNewestLineOfAnIdWinsAndCountsOnce) {
  {
    JumpLedger ledger = open();
    for (const core::ClockEvent& event : {jump(1, 0s), jump(2), jump(1, -20s), jump(1, -21s)})
      ASSERT_TRUE(ledger.append(event));
  }
  const JumpLedger ledger = open();
  EXPECT_EQ(ids(ledger.history().view()), (Ids{1, 2}));
  EXPECT_EQ(ledger.history().view().recent[0].size, -21s);
  EXPECT_EQ(ledger.history().last_id(), 2U);
  EXPECT_EQ(counted(ledger.history().view()), 2U);
}

// A crash can leave any beginning of the file.
TEST_F(JumpLedgerFile, SurvivesACutAtEveryByte) {
  put(1, 3);
  const std::string whole = read(path);
  std::size_t lines = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    SCOPED_TRACE(size);
    write(whole.substr(0, size));
    // A line that lacks only its end is whole.
    lines = static_cast<std::size_t>(
        std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
    if (size < whole.size() && whole[size] == '\n') ++lines;
    {
      JumpLedger ledger = open();
      EXPECT_EQ(ledger.history().last_id(), lines);
      ASSERT_TRUE(ledger.append(jump(lines + 1)));
    }
    const JumpLedger again = open();
    EXPECT_EQ(again.history().damaged_lines(), 0U) << "the torn line was left in the file";
    EXPECT_EQ(again.history().last_id(), lines + 1);
    EXPECT_EQ(counted(again.history().view()), lines + 1);
  }
}

TEST_F(JumpLedgerFile, SkipsAndCountsADamagedLineInTheMiddle) {
  put(1, 3);
  std::string bytes = read(path);
  const std::size_t second = bytes.find('\n') + 1;
  bytes.replace(second, 20, 20, '\0');
  write(bytes);
  const JumpLedger ledger = open();
  EXPECT_EQ(ledger.history().damaged_lines(), 1U);
  EXPECT_EQ(ids(ledger.history().view()), (Ids{1, 3}));
  EXPECT_EQ(ledger.history().last_id(), 3U);
}

TEST_F(JumpLedgerFile, CountersOutliveTheFilesInWhichTheEventsStood) {
  {
    JumpLedger ledger = open(3000);
    for (std::uint64_t id = 1; id <= 100; ++id) ASSERT_TRUE(ledger.append(jump(id)));
  }
  EXPECT_LT(read(path).size() + read(path + ".1").size(), 8000U);
  EXPECT_EQ(read(path).find(R"({"v":1,"kind":"totals",)"), 0U);
  const JumpHistory history = open(3000).history();
  EXPECT_EQ(counted(history.view()), 100U);
  EXPECT_EQ(history.last_id(), 100U);
  EXPECT_DOUBLE_EQ(history.view().sizes[1].sum, 1100);
  EXPECT_EQ(history.view().recent.back().id, 100U);
  // The totals at the head of the file are enough.
  (void)std::remove((path + ".1").c_str());
  EXPECT_EQ(counted(open().history().view()), 100U);
}

TEST_F(JumpLedgerFile, LosesNothingWhenACrashInterruptsARotation) {
  put(1, 5);
  const std::string whole = read(path);
  ASSERT_EQ(std::rename(path.c_str(), (path + ".1").c_str()), 0);
  const std::string totals = to_line(JumpTotals{5, open().history().view()});
  for (std::size_t size = 0; size <= totals.size(); ++size) {
    SCOPED_TRACE(size);
    write(totals.substr(0, size));
    {
      JumpLedger ledger = open();
      EXPECT_EQ(counted(ledger.history().view()), 5U);
      ASSERT_TRUE(ledger.append(jump(6)));
    }
    EXPECT_EQ(read(path).find(totals + "\n"), 0U) << "the file must not begin without totals";
    EXPECT_EQ(counted(open().history().view()), 6U);
    EXPECT_EQ(open().history().damaged_lines(), 0U);
  }
}

TEST_F(JumpLedgerFile, ARefinementAfterARotationCountsNothingTwice) {
  {
    JumpLedger ledger = open();
    ASSERT_TRUE(ledger.append(jump(1, 0s)));
  }
  {
    JumpLedger ledger = open(100);  // every line goes to a new file
    ASSERT_TRUE(ledger.append(jump(1, -7s)));
  }
  const JumpLedger ledger = open();
  EXPECT_EQ(counted(ledger.history().view()), 1U);
  EXPECT_DOUBLE_EQ(ledger.history().view().sizes[1].sum, 7);
  EXPECT_EQ(ledger.history().view().recent.back().size, -7s);
}

TEST_F(JumpLedgerFile, TriesAgainWhenTheFolderIsThere) {
  const std::string there = folder.file("state");
  JumpLedger ledger = JumpLedger::open(there + "/jumps.jsonl", kBoot);
  ASSERT_TRUE(ledger.problem());
  EXPECT_FALSE(ledger.append(jump(1)));
  ASSERT_EQ(::mkdir(there.c_str(), 0700), 0);
  EXPECT_TRUE(ledger.append(jump(1)));
  EXPECT_FALSE(ledger.problem());
}

TEST_F(JumpLedgerFile, RefusesASecondWriterButNoReader) {
  JumpLedger first = open();
  ASSERT_TRUE(first.append(jump(1)));
  JumpLedger second = open();
  EXPECT_TRUE(second.problem());
  EXPECT_FALSE(second.append(jump(1)));
  JumpHistory history(kBoot);
  ASSERT_TRUE(JumpLedger::read(path, history));
  EXPECT_EQ(history.last_id(), 1U);
}

TEST_F(JumpLedgerFile, ReadsWithoutAFile) {
  JumpHistory history(kBoot);
  EXPECT_TRUE(JumpLedger::read(path, history));
  EXPECT_EQ(history.last_id(), 0U);
}

}  // namespace
}  // namespace slewd::records
