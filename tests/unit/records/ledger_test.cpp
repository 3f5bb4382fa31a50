// SPDX-License-Identifier: Apache-2.0
#include "agent/records/ledger.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/no_folder_sync.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::records {
namespace {

using namespace std::chrono_literals;

rules::Intent intent(std::uint64_t id) {
  rules::Intent decided;
  decided.id = id;
  decided.rule = "r";
  decided.dry_run = false;
  decided.links.push_back({rules::RunAction{{"/bin/true"}}, 1s, std::nullopt});
  return decided;
}

rules::Outcome outcome(std::uint64_t id) {
  rules::Outcome ended;
  ended.intent = id;
  ended.rule = "r";
  ended.ending = rules::Ending::done;
  return ended;
}

class LedgerFile : public testing::Test {
 protected:
  [[nodiscard]] Ledger open() const { return Ledger::open(path, "boot"); }
  static Result<void> put(Ledger& ledger, const rules::Intent& decided) {
    return ledger.append(decided, MonoTime{1s}, BootTime{2s}, WallTime{3s});
  }
  static Result<void> put(Ledger& ledger, const rules::Outcome& ended) {
    return ledger.append(ended, MonoTime{1s}, BootTime{2s}, WallTime{3s});
  }
  [[nodiscard]] std::string read() const {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(path) << bytes; }
  static std::vector<std::uint64_t> ids(const std::vector<LedgerEntry>& entries) {
    std::vector<std::uint64_t> found;
    found.reserve(entries.size());
    for (const LedgerEntry& entry : entries) found.push_back(entry.id);
    return found;
  }

  TemporaryFolder scratch{TemporaryFolder::fast_place()};  // thousands of syncs
  std::string path = scratch.file("ledger");
};

using Ids = std::vector<std::uint64_t>;

TEST_F(LedgerFile, OneThatCannotBeOpenedIsNotReadAtEachLook) {
  std::filesystem::create_directory(path);
  std::ofstream(path + ".1") << "damaged\n";
  Ledger ledger = open();
  for (int look = 0; look < 1000; ++look) EXPECT_EQ(ledger.next_id(), 1U);
  EXPECT_TRUE(ledger.problem());
  EXPECT_EQ(ledger.damaged_lines(), 0U);  // of the older file nothing has been read
  std::filesystem::remove(path);
  int looks = 1;
  for (; ledger.damaged_lines() == 0 && looks < 1000; ++looks) EXPECT_EQ(ledger.next_id(), 1U);
  EXPECT_LE(looks, 65);
  EXPECT_FALSE(ledger.problem());
}

TEST_F(LedgerFile, TellsTheNewestOutcomesOfFormerProcesses) {
  constexpr std::uint64_t kMore = limits::kActionRing + 3;
  {
    Ledger ledger = open();
    for (std::uint64_t id = 1; id <= kMore; ++id) {
      ASSERT_TRUE(put(ledger, intent(id)));
      ASSERT_TRUE(put(ledger, outcome(id)));
    }
    EXPECT_TRUE(ledger.former_outcomes().empty()) << "these are of this process";
  }
  const Ledger same_boot = open();
  ASSERT_EQ(same_boot.former_outcomes().size(), limits::kActionRing);
  const rules::Outcome& newest = same_boot.former_outcomes().back();
  EXPECT_EQ(newest.intent, kMore);
  EXPECT_EQ(newest.rule, "r");
  EXPECT_EQ(newest.ending, rules::Ending::done);
  EXPECT_EQ(newest.ended, MonoTime{1s});
  EXPECT_EQ(newest.wall, WallTime{3s});
  EXPECT_FALSE(newest.earlier_boot);
}

TEST_F(LedgerFile, SaysWhichOutcomesAreOfAnEarlierBoot) {
  {
    Ledger ledger = open();
    ASSERT_TRUE(put(ledger, intent(1)));
    ASSERT_TRUE(put(ledger, outcome(1)));
  }
  const Ledger ledger = Ledger::open(path, "another boot");
  ASSERT_EQ(ledger.former_outcomes().size(), 1U);
  EXPECT_TRUE(ledger.former_outcomes().front().earlier_boot);
}

TEST_F(LedgerFile, ResumesItsIdsAndTellsWhatWasUnderWay) {
  {
    Ledger ledger = open();
    EXPECT_EQ(ledger.next_id(), 1U);
    ASSERT_TRUE(put(ledger, intent(1)));
    ASSERT_TRUE(put(ledger, intent(2)));
    ASSERT_TRUE(put(ledger, outcome(1)));
    EXPECT_TRUE(ledger.take_unfinished().empty()) << "what is under way here is not unfinished";
  }
  Ledger ledger = open();
  EXPECT_EQ(ledger.next_id(), 3U);
  EXPECT_EQ(ids(ledger.take_unfinished()), (Ids{2}));
  EXPECT_TRUE(ledger.take_unfinished().empty());
  EXPECT_EQ(ledger.damaged_lines(), 0U);
}

TEST_F(LedgerFile, NeitherDryRunsNorMuchActionMakeARulesLastActForgotten) {
  {
    Ledger ledger = open();
    rules::Intent stopped = intent(1);
    stopped.rule = "issuer";
    stopped.undo = "0123456789abcdef";
    ASSERT_TRUE(put(ledger, stopped));
    for (std::uint64_t id = 2; id < 2 + 2 * limits::kFormerDecisions; ++id) {
      rules::Intent busy = intent(id);
      busy.dry_run = id % 2 == 0;
      ASSERT_TRUE(put(ledger, busy));
    }
  }
  const Ledger again = open();
  ASSERT_EQ(again.former_decisions().size(), limits::kFormerDecisions);
  EXPECT_EQ(again.former_decisions().front().rule, "issuer");
  EXPECT_EQ(again.former_decisions().front().undo, "0123456789abcdef");
  EXPECT_EQ(again.former_decisions().back().id, 1 + 2 * limits::kFormerDecisions);
}

TEST_F(LedgerFile, RefusesAnIdThatWasUsed) {
  Ledger ledger = open();
  ASSERT_TRUE(put(ledger, intent(5)));
  const auto again = put(ledger, intent(5));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::invalid);
  EXPECT_EQ(again.error().message(), "intent 5 has been decided before; the next is 6");
}

// A crash can leave any beginning of the file. Whatever it is: what was promised durable before the
// cut is known, nothing is invented, and the file goes on.
TEST_F(LedgerFile, SurvivesACutAtEveryByte) {
  {
    Ledger ledger = open();
    for (std::uint64_t id = 1; id <= 3; ++id) {
      ASSERT_TRUE(put(ledger, intent(id)));
      if (id == 2) continue;
      ASSERT_TRUE(put(ledger, outcome(id)));
    }
  }
  const std::string whole = read();
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    SCOPED_TRACE(size);
    write(whole.substr(0, size));
    // What the lines that are whole say; a last line that lacks only its end counts.
    std::uint64_t last_id = 0;
    std::map<std::uint64_t, bool> open_ids;
    std::string_view rest = std::string_view(whole).substr(0, size);
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      if (const auto entry = parse_ledger_line(rest.substr(0, end))) {
        last_id = std::max(last_id, entry->id);
        open_ids[entry->id] = entry->kind == LedgerEntry::Kind::intent;
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    Ids expected;
    for (const auto& [id, is_open] : open_ids)
      if (is_open) expected.push_back(id);

    Ids unfinished;
    {
      Ledger ledger = open();
      EXPECT_EQ(ledger.next_id(), last_id + 1);
      unfinished = ids(ledger.take_unfinished());
      EXPECT_EQ(unfinished, expected);
      for (const std::uint64_t id : unfinished) ASSERT_TRUE(put(ledger, outcome(id)));
      ASSERT_TRUE(put(ledger, intent(last_id + 1)));
    }
    Ledger again = open();
    EXPECT_EQ(again.damaged_lines(), 0U) << "the torn line was left in the file";
    EXPECT_EQ(ids(again.take_unfinished()), (Ids{last_id + 1})) << "reported more than once";
  }
}

TEST_F(LedgerFile, SkipsAndCountsDamagedLines) {
  {
    Ledger ledger = open();
    ASSERT_TRUE(put(ledger, intent(1)));
  }
  write(std::string("garbage\n\n{}\n") + std::string(40000, 'x') + "\n" + read() +
        std::string(64, '\0'));
  {
    Ledger ledger = open();
    EXPECT_EQ(ledger.damaged_lines(), 4U);
    EXPECT_EQ(ids(ledger.take_unfinished()), (Ids{1}));
    ASSERT_TRUE(put(ledger, outcome(1)));
  }
  EXPECT_TRUE(open().take_unfinished().empty());
  EXPECT_EQ(open().damaged_lines(), 3U) << "the zeros at the end were cut off";
}

TEST_F(LedgerFile, RotatesAndKeepsOneOlderFile) {
  {
    Ledger ledger = Ledger::open(path, "boot", 2000);
    ASSERT_TRUE(put(ledger, intent(1)));  // never ends: must be known after the rotation
    while (::access((path + ".1").c_str(), F_OK) != 0) {
      const std::uint64_t id = ledger.next_id();
      ASSERT_LT(id, 100U);
      ASSERT_TRUE(put(ledger, intent(id)));
      ASSERT_TRUE(put(ledger, outcome(id)));
    }
  }
  const std::uint64_t next = open().next_id();
  EXPECT_GT(next, 2U);
  EXPECT_EQ(ids(open().take_unfinished()), (Ids{1}));
  (void)std::remove(path.c_str());  // a crash between the rename and the new file
  EXPECT_GT(open().next_id(), 1U);
  EXPECT_EQ(ids(open().take_unfinished()), (Ids{1}));
}

TEST_F(LedgerFile, RefusesASecondUser) {
  Ledger first = open();
  Ledger second = open();
  ASSERT_TRUE(second.problem());
  EXPECT_EQ(second.problem()->describe(),
            path + ": in use by another process: does a second slewd run?");
  EXPECT_FALSE(put(second, intent(1)));
}

TEST_F(LedgerFile, TriesAgainAfterAFolderHasComeBack) {
  const std::string folder = path + ".d";
  Ledger ledger = Ledger::open(folder + "/ledger", "boot");
  EXPECT_TRUE(ledger.problem());
  EXPECT_FALSE(put(ledger, intent(ledger.next_id())));
  ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0);
  EXPECT_TRUE(put(ledger, intent(ledger.next_id())));
  EXPECT_FALSE(ledger.problem());
}

TEST_F(LedgerFile, WorksOnAFileSystemThatCannotSyncAFolder) {
  const NoFolderSync file_system;
  Ledger ledger = open();
  EXPECT_FALSE(ledger.problem());
  EXPECT_TRUE(put(ledger, intent(1)));
}

TEST_F(LedgerFile, RefusesWhatIsNoFile) {
  EXPECT_TRUE(Ledger::open("/dev/full", "boot").problem());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_TRUE(open().problem());
}

TEST_F(LedgerFile, LeavesNoHalfLineWhenTheDiskIsFull) {
  Ledger ledger = open();
  ASSERT_TRUE(put(ledger, intent(1)));
  const auto size = read().size();
  // A limit on the file's size makes the kernel write the half that fits, then refuse.
  const sighandler_t handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit tight{size + 20, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const auto refused = put(ledger, intent(2));
  ::setrlimit(RLIMIT_FSIZE, &before);
  (void)::signal(SIGXFSZ, handler);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().describe(), path + ": write: File too large");
  EXPECT_EQ(read().size(), size);
  EXPECT_EQ(ledger.next_id(), 3U) << "an id is never used twice";
  EXPECT_TRUE(put(ledger, intent(3)));
  EXPECT_FALSE(ledger.problem());
  EXPECT_TRUE(ledger.take_unfinished().empty()) << "intent 1 is under way in this process";
}

TEST(LedgerInMemory, TakesEverythingAndKeepsNothing) {
  Ledger ledger = Ledger::in_memory();
  EXPECT_EQ(ledger.next_id(), 1U);
  EXPECT_TRUE(ledger.append(intent(1), MonoTime{}, BootTime{}, WallTime{}));
  EXPECT_EQ(ledger.next_id(), 2U);
  EXPECT_TRUE(ledger.append(outcome(1), MonoTime{}, BootTime{}, WallTime{}));
  EXPECT_TRUE(ledger.take_unfinished().empty());
}

}  // namespace
}  // namespace slewd::records
