// SPDX-License-Identifier: Apache-2.0
// What fails around the core never stops the core.
#include <gtest/gtest.h>

#include "base/limits.hpp"

#include "tests/unit/app/daemon_fixture.hpp"
#include "tests/unit/app/taken_port.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;

class DaemonInTrouble : public DaemonTest {
 protected:
  void start_and_capture() {
    testing::internal::CaptureStderr();
    start(R"("mode": "takeover")");
  }
  void end_and_release() {
    end();
    log_text_ = testing::internal::GetCapturedStderr();
  }
  std::string log_text_;
};

TEST_F(DaemonInTrouble, AWatchThatCannotBeHadLeavesTheCoreAndItsOwnLook) {
  machine_.watch_fails = true;
  start(R"("mode": "takeover")");
  EXPECT_TRUE(disciplines());
  machine_.demo.step_externally(-11s);
  EXPECT_TRUE(snapshot_shows([](const core::Snapshot& snapshot) {
    return !snapshot.jumps.recent.empty() && snapshot.jumps.recent.back().size < -10s;
  }));
}

TEST_F(DaemonInTrouble, ATraceFileThatCannotBeWrittenLeavesTheCore) {
  start(R"("mode": "takeover", "trace_file": ")" + folder_.file("missing/trace.jsonl") + "\"");
  EXPECT_TRUE(disciplines());
}

TEST_F(DaemonInTrouble, ATakenPortLeavesTheCoreAndTheUnixSocket) {
  const TakenPort taken;
  listen_ = taken.address();
  start_and_capture();
  EXPECT_EQ(daemon_->http_port(), 0);
  EXPECT_EQ(command("burst").status, 200);
  EXPECT_TRUE(disciplines());
  end_and_release();
  EXPECT_NE(log_text_.find("cannot listen"), std::string::npos) << log_text_;
}

TEST_F(DaemonInTrouble, AnImpossibleUnixSocketLeavesTheCoreAndThePages) {
  socket_ = folder_.file("no/such/folder/s.sock");
  start_and_capture();
  EXPECT_NE(daemon_->http_port(), 0);
  EXPECT_EQ(page("/-/ready").status, 200);
  EXPECT_TRUE(disciplines());
  end_and_release();
}

TEST_F(DaemonInTrouble, WithoutAnyListenerTheCoreGoesOn) {
  const TakenPort taken;
  listen_ = taken.address();
  socket_ = folder_.file("no/such/folder/s.sock");
  start_and_capture();
  EXPECT_EQ(daemon_->http_port(), 0);
  EXPECT_TRUE(disciplines());
  end_and_release();
}

TEST_F(DaemonInTrouble, AStateFolderThatCannotBeMadeLeavesTheCoreAndForbidsActions) {
  state_ = folder_.write("file", "") + "/state";
  start_and_capture();
  EXPECT_TRUE(disciplines());
  end_and_release();
  EXPECT_NE(log_text_.find("action ledger unusable"), std::string::npos) << log_text_;
}

// The core has not begun to take its letters, and its mailbox is full.
TEST_F(DaemonInTrouble, AReloadThatTheCoreCannotTakePutsTheRulesBack) {
  const std::string rules = folder_.file("rules.json");
  const auto write_rule = [&](const std::string& name) {
    folder_.write("rules.json", R"({"schema": "slewd.rules/1", "rules": [{"name": ")" + name +
                                    R"(", "when": "offset > 1h", "do": [{"notify": "x"}]}]})");
  };
  std::string text = config("");
  const std::string none = R"({"builtin": false})";
  text.replace(text.find(none), none.size(),
               R"({"builtin": false, "folder": "", "files": [")" + rules + "\"]}");
  write_rule("old-one");
  auto loaded = load_config(folder_.write("slewd.json", text));
  ASSERT_TRUE(loaded) << loaded.error().describe();
  testing::internal::CaptureStderr();
  daemon_ = std::make_unique<Daemon>(std::move(*loaded), machine_, log_, DaemonOptions{});
  daemon_->start();
  const auto has_rule = [&](const std::string& name) {
    return eventually(
        [&] { return page("/api/v1/rules").body.find('"' + name + '"') != std::string::npos; });
  };
  EXPECT_TRUE(has_rule("old-one"));
  std::size_t letters = 0;
  while (letters <= limits::kMailbox && command("burst").status == 200) ++letters;
  EXPECT_LE(letters, limits::kMailbox);
  write_rule("new-one");
  const auto refused = command("reload");
  EXPECT_NE(refused.status, 200);
  EXPECT_NE(refused.body.find("the core is busy; try again"), std::string::npos) << refused.body;
  EXPECT_TRUE(has_rule("old-one"));
  EXPECT_EQ(page("/api/v1/rules").body.find("new-one"), std::string::npos);
  thread_ = std::jthread([this] { daemon_->run(); });
  EXPECT_TRUE(eventually([&] { return command("burst").status == 200; }));
  EXPECT_EQ(command("reload").status, 200);
  EXPECT_TRUE(has_rule("new-one"));
  end_and_release();
  EXPECT_NE(log_text_.find("new configuration rejected"), std::string::npos) << log_text_;
  EXPECT_NE(log_text_.find("the old configuration"), std::string::npos) << log_text_;
}

TEST_F(DaemonInTrouble, ServersThatVanishLeaveItServing) {
  start(R"("mode": "takeover")");
  ASSERT_TRUE(disciplines());
  servers_.reset();
  EXPECT_EQ(page("/-/healthy").status, 200);
}

}  // namespace
}  // namespace slewd::app
