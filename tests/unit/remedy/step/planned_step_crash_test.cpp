// SPDX-License-Identifier: Apache-2.0
// kill -9 at random points of a guarded step and of a restart: no service stays down, nothing is
// done twice that must not be, and the ledger accounts for everything.
#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/records/ledger_line.hpp"
#include "agent/records/line_file.hpp"
#include "agent/remedy/step/undo_log.hpp"

#include "tests/unit/remedy/step/step_fakes.hpp"
#include "tests/unit/sanitizers.hpp"
#include "tests/unit/temporary_folder.hpp"
#include "tests/unit/test_seed.hpp"

namespace slewd::remedy {
namespace {

constexpr int kRuns = kSanitized ? 40 : 200;

class PlannedStepCrash : public testing::Test {
 protected:
  void SetUp() override {
    // What a killed worker leaves running becomes ours.
    ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    std::ofstream(folder.file("service"))
        << "cd ${0%/*}\n"
           "echo \"$1 $2\" >> log\n"
           "case $1 in stop) echo down > $2;; *) echo up > $2;; esac\n";
    for (const char* name : {"alpha", "beta", "delta"}) std::ofstream(folder.file(name)) << "up\n";
    std::ofstream(folder.file("gamma")) << "down\n";
  }
  void TearDown() override { (void)::prctl(PR_SET_CHILD_SUBREAPER, 0); }

  // Runs a worker that dies at its `kill_at`-th point (0: never); the number of points it had, or
  // zero when it was killed.
  long run(const char* mode, long kill_at) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const Fd reading(ends[0]);
    Fd writing(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
    std::vector<std::string> words{SLEWD_PLANNED_STEP_WORKER, folder.file(""), mode,
                                   std::to_string(kill_at)};
    words[1].pop_back();
    std::array<char*, 5> argv{words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                              nullptr};
    pid_t worker = 0;
    EXPECT_EQ(::posix_spawn(&worker, argv[0], &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    writing.reset();
    int status = 0;
    EXPECT_EQ(::waitpid(worker, &status, 0), worker);
    end_left_over();
    if (WIFSIGNALED(status)) {
      EXPECT_EQ(WTERMSIG(status), SIGKILL) << mode;
      return 0;
    }
    EXPECT_EQ(WEXITSTATUS(status), 0) << mode;
    std::array<char, 32> text{};
    EXPECT_GT(::read(reading.get(), text.data(), text.size() - 1), 0);
    return std::atol(text.data());
  }

  // As a service manager does before it starts the next slewd: what the last one has begun either
  // ends by itself or is killed.
  void end_left_over() {
    const bool kill_them = std::uniform_int_distribution(0, 1)(random) == 0;
    if (kill_them) {
      std::ifstream children("/proc/self/task/" + std::to_string(::gettid()) + "/children");
      for (pid_t child = 0; children >> child;) ::kill(child, SIGKILL);
    }
    while (::waitpid(-1, nullptr, 0) > 0) continue;
  }

  [[nodiscard]] std::string state(const char* service) const {
    std::string text;
    std::ifstream(folder.file(service)) >> text;
    return text;
  }
  [[nodiscard]] std::map<std::string, int> log() const {
    std::map<std::string, int> lines;
    std::ifstream file(folder.file("log"));
    for (std::string line; std::getline(file, line);) ++lines[line];
    return lines;
  }
  void check_services() const {
    EXPECT_EQ(state("alpha"), "up");
    EXPECT_EQ(state("beta"), "up");
    EXPECT_EQ(state("gamma"), "down") << "it was not active before";
  }
  void check_everything(int steps) const {
    check_services();
    const auto list = UndoLog(folder.file("pending-undos")).read();
    ASSERT_TRUE(list) << list.error().describe();
    EXPECT_TRUE(list->actions.empty());
    EXPECT_TRUE(list->damaged.empty());
    const auto lines = log();
    EXPECT_EQ(lines.count("start gamma") + lines.count("stop gamma"), 0U);
    for (const char* once : {"restart delta", "step", "stop alpha", "stop beta"})
      if (lines.contains(once)) {
        EXPECT_LE(lines.at(once), steps) << once << " was repeated";
      }
    check_ledger();
  }
  void check_ledger() const {
    std::map<std::uint64_t, int> intents;
    std::map<std::uint64_t, int> outcomes;
    const auto learn = [&](std::string_view line) {
      const auto entry = records::parse_ledger_line(line);
      if (!entry) return false;
      ++(entry->kind == records::LedgerEntry::Kind::intent ? intents : outcomes)[entry->id];
      return true;
    };
    ASSERT_TRUE(records::LineFile::read(folder.file("ledger"), learn));
    EXPECT_EQ(intents.size(), outcomes.size());
    for (const auto& [id, count] : intents) {
      EXPECT_EQ(count, 1) << id;
      EXPECT_EQ(outcomes[id], 1) << "outcomes of intent " << id;
    }
  }

  TemporaryFolder folder{TemporaryFolder::fast_place()};
  std::uint64_t seed = test_seed();
  std::mt19937_64 random{seed};
};

TEST_F(PlannedStepCrash, LeavesNoServiceDownAndRepeatsNothing) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  const long points = run("step", 0);
  ASSERT_GT(points, 50);
  check_everything(1);
  int killed = 0;
  int stepped_before = log()["step"];
  for (int turn = 1; turn <= kRuns && !HasFailure(); ++turn) {
    const long kill_at = std::uniform_int_distribution(1L, points)(random);
    SCOPED_TRACE("run " + std::to_string(turn) + ", killed at " + std::to_string(kill_at) + " of " +
                 std::to_string(points));
    if (run("step", kill_at) == 0) ++killed;
    if (turn % 3 == 1) {
      run("fallback", 0);
      check_services();
    }
    // The next start may die as well.
    if (turn % 3 == 2) run("recover", std::uniform_int_distribution(1L, 60L)(random));
    run("recover", 0);
    check_everything(turn + 1);
  }
  const int stepped = log()["step"] - stepped_before;
  EXPECT_GT(killed, kRuns * 9 / 10);
  EXPECT_GT(stepped, kRuns / 20) << "too few came as far as the step";
  EXPECT_LT(stepped, kRuns * 19 / 20);
  std::printf("%d killed, %d of them after the step\n", killed, stepped);
}

}  // namespace
}  // namespace slewd::remedy
