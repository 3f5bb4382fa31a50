// SPDX-License-Identifier: Apache-2.0
// kill -9 at random points: no event is lost that was acknowledged, none counts twice.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>
#include <random>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/records/jump_ledger.hpp"
#include "base/fd.hpp"

#include "tests/unit/records/jump_sample.hpp"
#include "tests/unit/temporary_folder.hpp"
#include "tests/unit/test_seed.hpp"

namespace slewd::records {
namespace {

using namespace std::chrono_literals;

constexpr int kRuns = 200;
constexpr std::size_t kRotateAt = 6000;  // about 14 events: most runs see a rotation

// The process that writes, until it is killed. Its acknowledgements come through a pipe.
class Writer {
 public:
  Writer(const std::string& path, int count) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    pipe_ = Fd(ends[0]);
    const Fd theirs(ends[1]);
    posix_spawn_file_actions_t actions;
    EXPECT_EQ(::posix_spawn_file_actions_init(&actions), 0);
    EXPECT_EQ(::posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDOUT_FILENO), 0);
    std::string program = SLEWD_JUMP_LEDGER_WRITER;
    std::string file = path;
    std::string rotate_at = std::to_string(kRotateAt);
    std::string limit = std::to_string(count);
    std::array<char*, 5> arguments{program.data(), file.data(), rotate_at.data(), limit.data(),
                                   nullptr};
    EXPECT_EQ(
        ::posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments.data(), environ), 0)
        << program;
    (void)::posix_spawn_file_actions_destroy(&actions);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    if (process_ > 0) kill();
  }

  // The next acknowledgement; 0 at the end.
  [[nodiscard]] std::uint64_t next() const {
    std::uint64_t id = 0;
    return ::read(pipe_.get(), &id, sizeof id) == static_cast<ssize_t>(sizeof id) ? id : 0;
  }
  // Only kill() may have ended it.
  void kill() {
    ASSERT_EQ(::kill(process_, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(process_, &status, 0), process_);
    process_ = 0;
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "the writer ended by itself: exit status " << WEXITSTATUS(status);
  }

 private:
  Fd pipe_;
  pid_t process_ = 0;
};

class JumpLedgerCrash : public testing::Test {
 protected:
  // Writes until a random moment; answers with the last acknowledged id.
  std::uint64_t run_and_kill() {
    const int wanted = std::uniform_int_distribution(0, 30)(random);
    Writer writer(path, wanted + std::uniform_int_distribution(0, 10)(random));
    std::uint64_t acknowledged = 0;
    for (int i = 0; i < wanted; ++i) acknowledged = writer.next();
    // Somewhere in the events that follow.
    for (int turn = std::uniform_int_distribution(0, 30)(random); turn > 0; --turn) ::sched_yield();
    writer.kill();
    while (const std::uint64_t late = writer.next()) acknowledged = late;
    return acknowledged;
  }

  // What only a power failure does: of what was not acknowledged, any beginning can be on the disk.
  void tear_the_end(std::uint64_t acknowledged) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::size_t safe = 0;  // beyond the last line that was acknowledged
    for (std::size_t at = 0, end = 0; (end = bytes.find('\n', at)) != std::string::npos;
         at = end + 1) {
      const auto line = parse_jump_line(std::string_view(bytes).substr(at, end - at));
      ASSERT_TRUE(line) << line.error().describe();
      const auto* record = std::get_if<JumpRecord>(&*line);
      if (record == nullptr || record->event.id <= acknowledged) safe = end + 1;
    }
    const std::size_t kept = std::uniform_int_distribution(safe, bytes.size())(random);
    ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(kept)), 0);
  }

  // Opens it as the next start does, and checks all that was ever promised.
  void verify(std::uint64_t promised) const {
    const BootMark boot{"this-boot", BootTime{Nanos::max()}};
    const JumpLedger ledger = JumpLedger::open(path, boot, kRotateAt);
    ASSERT_FALSE(ledger.problem()) << ledger.problem()->describe();
    EXPECT_LE(ledger.history().damaged_lines(), 1U) << "only the last line can be torn";
    std::map<std::uint64_t, core::ClockEvent> kept;
    JumpHistory history(boot);
    history.on_event = [&](const core::ClockEvent& event) { kept[event.id] = event; };
    ASSERT_TRUE(JumpLedger::read(path, history));
    EXPECT_EQ(history.damaged_lines(), 0U) << "a torn line was left in the file";
    EXPECT_EQ(history.last_id(), ledger.history().last_id());
    EXPECT_GE(history.last_id(), promised) << "an acknowledged event is lost";
    std::uint64_t counted = 0;
    for (const auto& directions : history.view().total)
      counted = std::accumulate(directions.begin(), directions.end(), counted);
    EXPECT_EQ(counted, history.last_id()) << "ids have no gap, so this is lost or counted twice";
    // What the two files still hold has no gap either, and the last word on each event.
    for (const auto& [id, event] : kept) {
      if (id <= promised) {
        EXPECT_EQ(event, jump(id));
      }
      EXPECT_TRUE(id == history.last_id() || kept.contains(id + 1)) << id;
    }
    EXPECT_TRUE(promised == 0 || kept.contains(promised));
  }

  TemporaryFolder folder{TemporaryFolder::fast_place()};
  std::string path = folder.file("jumps.jsonl");
  std::uint64_t seed = test_seed();
  std::mt19937_64 random{seed};
};

TEST_F(JumpLedgerCrash, NoAcknowledgedEventIsLostAndNoneCountsTwiceInTwoHundredRuns) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::uint64_t promised = 0;
  for (int run = 0; run < kRuns && !HasFailure(); ++run) {
    SCOPED_TRACE("run " + std::to_string(run));
    promised = std::max(promised, run_and_kill());
    if (::access(path.c_str(), F_OK) == 0 && run % 2 == 0) tear_the_end(promised);
    verify(promised);
  }
  EXPECT_GT(promised, static_cast<std::uint64_t>(kRuns)) << "next to nothing was written";
  std::printf("%llu events acknowledged\n", static_cast<unsigned long long>(promised));
}

}  // namespace
}  // namespace slewd::records
