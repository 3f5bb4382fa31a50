// SPDX-License-Identifier: Apache-2.0
#include "agent/app/resume_services.hpp"

#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "agent/os/clock/system_clock.hpp"
#include "agent/os/machine/boot_id.hpp"
#include "agent/remedy/step/undo_log.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

class ResumeServices : public testing::Test {
 protected:
  // Owes the making of a file.
  void leave_stopped(const std::string& name, Nanos due_in,
                     const char* program = "/usr/bin/touch") {
    remedy::PendingUndo undo;
    undo.step = 1;
    undo.rule = "guard";
    undo.what = "make " + name;
    undo.argv = {program, folder.file(name)};
    undo.boot_id = boot_id();
    undo.due = clock.now().boot + due_in;
    const auto added = log.add(undo);
    ASSERT_TRUE(added) << added.error().describe();
  }
  Result<void> resume(bool wait = false) {
    ResumeOptions options;
    options.state_directory = folder.file("");
    options.state_directory.pop_back();
    options.wait = wait;
    options.when_empty = {"/usr/bin/touch", folder.file("timer-stopped")};
    return resume_services(options, clock,
                           [this](const std::string& text) { told.push_back(text); });
  }
  [[nodiscard]] bool made(const std::string& name) const {
    return ::access(folder.file(name).c_str(), F_OK) == 0;
  }

  TemporaryFolder folder;
  os::SystemClock clock;
  remedy::UndoLog log{folder.file("pending-undos")};
  std::vector<std::string> told;
};

TEST_F(ResumeServices, PaysEverythingWhenNoSlewdKeepsTheBookAndStopsItsTimer) {
  leave_stopped("a", 1h);
  leave_stopped("b", -1s);
  const auto resumed = resume();
  ASSERT_TRUE(resumed) << resumed.error().describe();
  EXPECT_TRUE(made("a"));
  EXPECT_TRUE(made("b"));
  EXPECT_TRUE(made("timer-stopped"));
  EXPECT_EQ(told.size(), 2U);
  EXPECT_TRUE(log.read()->actions.empty());
}

TEST_F(ResumeServices, PaysWhatIsPastItsTimeWhileItsSlewdLives) {
  remedy::UndoLog slewd(folder.file("pending-undos"));
  ASSERT_TRUE(slewd.hold_keeper_lock());
  leave_stopped("a", 1h);
  leave_stopped("b", -1s);
  ASSERT_TRUE(resume());
  EXPECT_FALSE(made("a"));
  EXPECT_TRUE(made("b"));
  EXPECT_FALSE(made("timer-stopped")) << "an undo is still pending";
  EXPECT_EQ(log.read()->actions.size(), 1U);
}

TEST_F(ResumeServices, StaysUntilNothingIsOwedWhenTold) {
  remedy::UndoLog slewd(folder.file("pending-undos"));
  ASSERT_TRUE(slewd.hold_keeper_lock());
  leave_stopped("a", 100ms);
  ASSERT_TRUE(resume(true));
  EXPECT_TRUE(made("a"));
}

TEST_F(ResumeServices, TellsWhatItCannotPayAndKeepsIt) {
  leave_stopped("a", -1s, "/bin/false");
  const auto resumed = resume();
  ASSERT_FALSE(resumed);
  EXPECT_NE(resumed.error().describe().find("'make a' is still pending"), std::string::npos);
  EXPECT_EQ(log.read()->actions.size(), 1U);
  EXPECT_FALSE(made("timer-stopped"));
}

TEST_F(ResumeServices, IsContentWithNoBookAtAll) {
  ASSERT_TRUE(resume());
  EXPECT_TRUE(made("timer-stopped"));
}

}  // namespace
}  // namespace slewd::app
