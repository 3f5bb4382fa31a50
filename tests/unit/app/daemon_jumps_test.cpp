// SPDX-License-Identifier: Apache-2.0
// The jump ledger in the whole daemon: what one run has seen, the next one knows.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/records/jump_ledger.hpp"

#include "tests/unit/app/daemon_fixture.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class DaemonJumps : public DaemonTest {
 protected:
  void step_and_wait(Nanos amount, std::uint64_t id) {
    ASSERT_TRUE(snapshot_shows([](const core::Snapshot&) { return true; }));
    machine_.demo.step_externally(amount);
    ASSERT_TRUE(snapshot_shows(
        [id](const core::Snapshot& snapshot) { return snapshot.jumps.find(id) != nullptr; }));
  }
  [[nodiscard]] std::string ledger() const {
    std::ifstream file(records::jump_ledger_path(state_));
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(DaemonJumps, IdsCountersAndTheLargestStepBackGoOnAfterARestart) {
  start(R"("mode": "observe")");
  step_and_wait(-11s, 1);
  ASSERT_TRUE(eventually([&] { return !ledger().empty(); })) << "written while it runs";
  end();
  daemon_.reset();
  start(R"("mode": "observe")");
  ASSERT_TRUE(snapshot_shows([](const core::Snapshot&) { return true; }));
  const core::JumpView resumed = daemon_->snapshots().latest()->jumps;
  ASSERT_EQ(resumed.recent.size(), 1U);
  EXPECT_FALSE(resumed.recent[0].former) << "the same boot";
  EXPECT_GE(resumed.largest_backward, 10900ms);
  step_and_wait(4s, 2);
  EXPECT_THAT(page("/api/v1/jumps?since_id=1").body, HasSubstr(R"("last_id":2)"));
  EXPECT_THAT(
      page("/metrics").body,
      HasSubstr(R"(slewd_jump_events_total{direction="backward",cause="external_step"} 1)"));
  end();
  EXPECT_THAT(ledger(), HasSubstr(R"("id":2)")) << "at the latest when it ends";
}

TEST_F(DaemonJumps, AJumpOfAnEarlierBootIsShownAndWakesNoRule) {
  std::filesystem::create_directory(state_);
  {
    core::ClockEvent old;
    old.id = 41;
    old.cause = core::JumpCause::external_step;
    old.size = -11s;
    records::JumpLedger earlier = records::JumpLedger::open(records::jump_ledger_path(state_),
                                                            {"another-boot", BootTime{1h}});
    ASSERT_TRUE(earlier.append(old));
  }
  start(R"("mode": "observe")");
  const std::string rules =
      folder_.write("rules.json", R"({"schema": "slewd.rules/1", "rules": [{"name": "back",
        "when": "backward_step(5m) > 5s", "mode": "act", "do": [{"burst": true}]}]})");
  std::string text = config(R"("mode": "observe")");
  text.replace(text.find(R"("builtin": false)"), 16,
               R"("builtin": false, "files": [")" + rules + "\"]");
  folder_.write("slewd.json", text);
  ASSERT_EQ(command("reload").status, 200);
  ASSERT_TRUE(eventually([&] {
    const auto status = daemon_->statuses().latest();
    return status != nullptr && !status->rules.empty() && status->rules[0].evaluations >= 3;
  }));
  EXPECT_THAT(page("/api/v1/jumps").body, HasSubstr(R"("earlier_boot":true)"));
  EXPECT_EQ(daemon_->statuses().latest()->rules[0].state, rules::RuleState::inactive);
  step_and_wait(-6s, 42);
  EXPECT_TRUE(eventually([&] { return !daemon_->statuses().latest()->recent.empty(); }));
}

TEST_F(DaemonJumps, WithoutALedgerNothingIsWrittenAndNothingIsRemembered) {
  DaemonOptions options;
  options.keep_ledger = false;
  start(R"("mode": "observe")", options);
  step_and_wait(-11s, 1);
  EXPECT_THAT(page("/metrics").body, testing::Not(HasSubstr("slewd_jump_ledger")));
  end();
  EXPECT_FALSE(std::filesystem::exists(records::jump_ledger_path(state_)));
}

TEST_F(DaemonJumps, AnUnusableLedgerDoesNotKeepTheDaemonFromSeeing) {
  std::filesystem::create_directories(records::jump_ledger_path(state_));  // a folder is in its way
  testing::internal::CaptureStderr();
  start(R"("mode": "observe")");
  step_and_wait(-11s, 1);
  EXPECT_TRUE(eventually([&] {
    const auto status = daemon_->statuses().latest();
    return status != nullptr && status->jump_ledger && status->jump_ledger->write_failures > 0;
  }));
  end();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("jump ledger unusable"));
}

}  // namespace
}  // namespace slewd::app
