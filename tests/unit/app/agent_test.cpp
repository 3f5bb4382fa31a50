// SPDX-License-Identifier: Apache-2.0
// The agent's thread with real time, a real loop and real children; only the core is made up.
#include "agent/app/agent.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/app/pause_file.hpp"
#include "agent/os/clock/system_clock.hpp"
#include "rules/files/rule_file.hpp"

#include "tests/unit/app/eventually.hpp"
#include "tests/unit/dead_port.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using namespace std::chrono_literals;
using rules::Ending;
using testing::HasSubstr;

class FakePolls final : public remedy::CoreControl {
 public:
  Result<void> set_poll_range(Nanos minimum, Nanos maximum) override {
    const std::scoped_lock lock(mutex_);
    ranges_.push_back({minimum, maximum});
    return {};
  }
  Result<void> burst() override {
    ++bursts;
    return {};
  }
  [[nodiscard]] std::vector<core::PollRange> ranges() const {
    const std::scoped_lock lock(mutex_);
    return ranges_;
  }
  Result<void> hold_over(Nanos) override { return {}; }
  Result<void> ban(const std::string&, Nanos) override { return {}; }
  std::atomic<int> bursts{0};

 private:
  mutable std::mutex mutex_;
  std::vector<core::PollRange> ranges_;
};

// Would step by a minute. No test lets it come so far.
class OfferingClock final : public remedy::StepClock {
 public:
  [[nodiscard]] remedy::StepOffer offer() const override { return {-60s, ""}; }
  void step(Nanos, MonoTime, Done) override { ADD_FAILURE() << "a step was made"; }
};

// A rule that fires on a step back by more than 5 s.
std::string rule(const std::string& name, const std::string& mode, const std::string& action) {
  return R"({"name": ")" + name + R"(", "mode": ")" + mode +
         R"(", "when": "backward_step(5m) > 5s", "do": [)" + action + "]}";
}

rules::RuleFile file_of(const std::string& rule_list, const std::string& targets = "{}") {
  auto file = rules::parse_rule_file(
      R"({"schema": "slewd.rules/1", "targets": )" + targets + R"(, "rules": [)" + rule_list + "]}",
      "t.json");
  EXPECT_TRUE(file) << file.error().describe();
  return file ? std::move(*file) : rules::RuleFile();
}

constexpr const char* kPoll = R"({"poll": {"min": "16s", "max": "32s"}})";

class AgentTest : public testing::Test {
 protected:
  void start(rules::RuleFile file, const std::string& state_directory = "") {
    Agent::World world{clock_, snapshots_, statuses_, polls_, log_};
    world.steps = &steps_;
    agent_ = std::make_unique<Agent>(std::move(world), std::move(file), state_directory);
  }
  // What the core publishes when somebody has stepped the clock back by 11 s.
  void step_back() {
    const core::ClockReading now = clock_.now();
    auto snapshot = std::make_shared<core::Snapshot>();
    snapshot->generation = 1;
    snapshot->taken = now;
    core::ClockEvent event;
    event.cause = core::JumpCause::external_step;
    event.size = -11s;
    event.seen_mono = now.mono;
    event.seen_boot = now.boot;
    snapshot->jumps.recent = {event};
    snapshots_.publish(std::move(snapshot));
    agent_->nudge();
  }
  [[nodiscard]] bool status_shows(const std::function<bool(const rules::Status&)>& what) const {
    return eventually([&] {
      const auto status = statuses_.latest();
      return status != nullptr && what(*status);
    });
  }
  // The first outcome that the status shows.
  [[nodiscard]] rules::Outcome outcome() const {
    EXPECT_TRUE(status_shows([](const rules::Status& status) { return !status.recent.empty(); }));
    const auto status = statuses_.latest();
    return status == nullptr || status->recent.empty() ? rules::Outcome() : status->recent.front();
  }

  os::SystemClock clock_;
  core::SnapshotBoard snapshots_;
  rules::StatusBoard statuses_;
  FakePolls polls_;
  OfferingClock steps_;
  Log log_{{.level = LogLevel::error}, Log::Delivery::direct};
  std::unique_ptr<Agent> agent_;
};

TEST_F(AgentTest, ShowsItsRulesBeforeTheCoreHasPublishedAnything) {
  start(file_of(rule("back", "act", kPoll)));
  ASSERT_TRUE(status_shows([](const rules::Status& status) { return status.rules.size() == 1; }));
  EXPECT_EQ(statuses_.latest()->rules[0].state, rules::RuleState::inactive);
  EXPECT_EQ(statuses_.latest()->rules[0].evaluations, 0U);
}

TEST_F(AgentTest, AnExternalStepMakesARuleNarrowThePolls) {
  start(file_of(rule("back", "act", kPoll)));
  step_back();
  const rules::Outcome done = outcome();
  EXPECT_EQ(done.ending, Ending::done) << done.detail;
  EXPECT_EQ(done.rule, "back");
  EXPECT_EQ(done.action, "poll 16s..32s");
  EXPECT_EQ(polls_.ranges(), (std::vector<core::PollRange>{{16s, 32s}}));
}

// After a restart of slewd the jump is known again, from its ledger. Its age is still right, so the
// condition is true once more; what has been decided about it must hold all the same.
TEST_F(AgentTest, AJumpThatARestartBringsBackIsNotRepairedTwice) {
  const TemporaryFolder folder;
  const std::string& ledger = folder.path();
  start(file_of(rule("back", "act", R"({"burst": true})")), ledger);
  step_back();
  EXPECT_EQ(outcome().ending, Ending::done);
  agent_.reset();
  start(file_of(rule("back", "act", R"({"burst": true})")), ledger);
  // The first agent's last status, which may still be there, says "cooling".
  ASSERT_TRUE(status_shows([](const rules::Status& status) {
    return !status.rules.empty() && status.rules[0].state == rules::RuleState::suppressed;
  }));
  EXPECT_THAT(statuses_.latest()->rules[0].explanation, HasSubstr("cool-down"));
  EXPECT_EQ(polls_.bursts, 1);
}

TEST_F(AgentTest, ShowsWhatFormerRunsDidBeforeWhatItDoesItself) {
  const TemporaryFolder folder;
  {
    records::Ledger former = records::Ledger::open(folder.file("actions.jsonl"), "another boot");
    rules::Outcome ended;
    ended.intent = 7;
    ended.rule = "gone";
    ASSERT_TRUE(former.append(ended, {}, {}, {}));
  }
  start(file_of(rule("back", "act", R"({"burst": true})")), folder.path());
  EXPECT_EQ(outcome().rule, "gone");
  EXPECT_TRUE(outcome().earlier_boot);
  step_back();
  ASSERT_TRUE(status_shows([](const rules::Status& status) { return status.recent.size() == 2; }));
  EXPECT_EQ(statuses_.latest()->recent[1].rule, "back");
  EXPECT_FALSE(statuses_.latest()->recent[1].earlier_boot);
}

// The other case: slewd was killed before anything was decided about the jump.
TEST_F(AgentTest, AJumpThatNobodyHasDealtWithIsRepairedAfterTheRestart) {
  const TemporaryFolder folder;
  agent_ = nullptr;
  start(file_of(""), folder.path());
  step_back();
  agent_.reset();
  start(file_of(rule("back", "act", R"({"burst": true})")), folder.path());
  EXPECT_EQ(outcome().ending, Ending::done);
  EXPECT_EQ(polls_.bursts, 1);
}

TEST_F(AgentTest, ABurstReachesTheCore) {
  start(file_of(rule("back", "act", R"({"burst": true})")));
  step_back();
  EXPECT_EQ(outcome().ending, Ending::done);
  EXPECT_EQ(polls_.bursts, 1);
}

// Both fire in one look; the step's own record must not take the other's number.
TEST_F(AgentTest, AStepThatARuleAsksForHindersNoRuleBesideIt) {
  start(file_of(rule("stepper", "act", R"({"step": true})") + "," +
                rule("teller", "act", R"({"burst": true})") + R"(,
      {"name": "no", "mode": "act", "phase": "pre_step", "when": "step.pending < -1s",
       "do": [{"veto": true}]})"));
  step_back();
  const auto ending_of = [](const rules::Status& status, std::string_view name) {
    const auto found = std::ranges::find(status.recent, name, &rules::Outcome::rule);
    return found == status.recent.end() ? std::nullopt : std::optional(found->ending);
  };
  ASSERT_TRUE(status_shows([&](const rules::Status& status) {
    return ending_of(status, "stepper") && ending_of(status, "teller");
  }));
  EXPECT_EQ(ending_of(*statuses_.latest(), "stepper"), Ending::refused);
  EXPECT_EQ(ending_of(*statuses_.latest(), "teller"), Ending::done);
  EXPECT_EQ(polls_.bursts, 1);
}

TEST_F(AgentTest, AProgramThatSucceedsIsDone) {
  start(file_of(rule("back", "act", R"({"run": ["/bin/true"]})")));
  step_back();
  const rules::Outcome done = outcome();
  EXPECT_EQ(done.ending, Ending::done) << done.detail;
  EXPECT_EQ(done.action, "run /bin/true");
}

TEST_F(AgentTest, AProgramThatFailsHasFailed) {
  testing::internal::CaptureStderr();
  start(file_of(rule("back", "act", R"({"run": ["/bin/false"]})")));
  step_back();
  EXPECT_EQ(outcome().ending, Ending::failed);
  agent_.reset();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("ending=failed"));
}

TEST_F(AgentTest, InShadowNothingIsDoneAndEverythingIsTold) {
  start(file_of(rule("back", "shadow", kPoll)));
  step_back();
  EXPECT_EQ(outcome().ending, Ending::would_do);
  EXPECT_TRUE(polls_.ranges().empty());
}

TEST_F(AgentTest, CountsWhatItsActionsDid) {
  start(file_of(rule("back", "act", R"({"run": ["/bin/true"]})")));
  step_back();
  ASSERT_TRUE(status_shows([](const rules::Status& status) {
    return !status.recent.empty() && !status.rules[0].actions.empty() &&
           status.rules[0].actions[0].attempts == 1;
  }));
  EXPECT_EQ(statuses_.latest()->rules[0].actions[0].failures, 0U);
}

TEST_F(AgentTest, PauseHoldsRulesBackUntilResume) {
  start(file_of(rule("back", "act", kPoll)));
  ASSERT_TRUE(agent_->pause("maintenance", std::nullopt));
  ASSERT_TRUE(status_shows([](const rules::Status& status) { return status.paused; }));
  EXPECT_EQ(statuses_.latest()->paused_reason, "maintenance");
  step_back();
  constexpr auto kPaused = static_cast<std::size_t>(rules::Gate::paused);
  ASSERT_TRUE(status_shows(
      [](const rules::Status& status) { return status.rules[0].suppressed[kPaused] > 0; }));
  EXPECT_TRUE(statuses_.latest()->recent.empty());
  EXPECT_TRUE(polls_.ranges().empty());
  ASSERT_TRUE(agent_->resume());
  EXPECT_EQ(outcome().ending, Ending::done);
  EXPECT_FALSE(statuses_.latest()->paused);
}

TEST_F(AgentTest, APauseEndsWithItsTimeForTheNextStartToo) {
  const TemporaryFolder folder;
  start(file_of(rule("back", "act", kPoll)), folder.path());
  const auto paused = agent_->pause("for ever", std::nullopt);
  ASSERT_TRUE(paused);
  EXPECT_EQ(*paused, "");
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(pause_path(folder.path())); }));
  step_back();
  ASSERT_TRUE(agent_->pause("a moment", 1ms));
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(pause_path(folder.path())); }));
  EXPECT_EQ(outcome().ending, Ending::done);
  EXPECT_FALSE(statuses_.latest()->paused);
}

TEST_F(AgentTest, APauseThatCannotBeWrittenHoldsAndSaysSo) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(pause_path(folder.path()));
  start(file_of(rule("back", "act", kPoll)), folder.path());
  const auto paused = agent_->pause("maintenance", std::nullopt);
  ASSERT_TRUE(paused);
  EXPECT_NE(paused->find("a restart will pause the rules until 'slewctl resume'"),
            std::string::npos)
      << *paused;
  EXPECT_TRUE(status_shows(
      [](const rules::Status& status) { return status.paused_reason == "maintenance"; }));
  const auto resumed = agent_->resume();
  ASSERT_TRUE(resumed);
  EXPECT_NE(resumed->find("a restart will pause the rules again"), std::string::npos) << *resumed;
}

TEST_F(AgentTest, NewRulesKeepTheCountersOfThoseThatStay) {
  start(file_of(rule("back", "act", kPoll)));
  step_back();
  ASSERT_EQ(outcome().ending, Ending::done);
  const std::uint64_t evaluations = statuses_.latest()->rules[0].evaluations;
  ASSERT_GT(evaluations, 0U);
  ASSERT_TRUE(agent_->replace(
      file_of(rule("new", "shadow", R"({"burst": true})") + "," + rule("back", "act", kPoll))));
  ASSERT_TRUE(status_shows([](const rules::Status& status) { return status.rules.size() == 2; }));
  const auto status = statuses_.latest();
  EXPECT_EQ(status->rules[0].name, "new");
  EXPECT_GE(status->rules[1].evaluations, evaluations);
  ASSERT_FALSE(status->rules[1].actions.empty());
  EXPECT_EQ(status->rules[1].actions[0].attempts, 1U);
  EXPECT_EQ(polls_.ranges().size(), 1U) << "the reload made the rule fire again";
}

TEST_F(AgentTest, ADeadPortIsSeenAndActedUpon) {
  const DeadPort dead;
  start(file_of(
      R"({"name": "dead", "mode": "act", "when": "failing(web.port) >= 1ms",
          "do": [{"run": ["/bin/true"]}]})",
      R"({"web": {"commands": {"restart": ["/bin/true"]},
                  "probes": {"port": {"type": "tcp", "port": )" +
          std::to_string(dead.port()) + R"(, "every": "100ms", "timeout": "1s"}}}})"));
  auto snapshot = std::make_shared<core::Snapshot>();
  snapshot->taken = clock_.now();
  snapshots_.publish(std::move(snapshot));
  EXPECT_EQ(outcome().rule, "dead");
  ASSERT_EQ(statuses_.latest()->probes.size(), 1U);
  EXPECT_EQ(statuses_.latest()->probes[0].state, rules::ProbeState::failed);
}

TEST_F(AgentTest, TheLedgerHasTheIntentAndTheOutcomeAndIdsGoOn) {
  const TemporaryFolder folder;
  const std::string ledger = folder.file("actions.jsonl");
  start(file_of(rule("back", "act", kPoll)), folder.path());
  step_back();
  const std::uint64_t first = outcome().intent;
  agent_.reset();
  std::ifstream in(ledger);
  std::string line;
  int lines = 0;
  while (std::getline(in, line)) {
    ++lines;
    EXPECT_THAT(line, HasSubstr("\"back\""));
  }
  EXPECT_EQ(lines, 2);
  statuses_.publish(nullptr);
  start(file_of(rule("other", "act", kPoll)), folder.path());
  agent_->nudge();
  ASSERT_TRUE(status_shows([](const rules::Status& status) {
    return !status.recent.empty() && status.recent.back().rule == "other";
  }));
  EXPECT_GT(statuses_.latest()->recent.back().intent, first);
}

TEST_F(AgentTest, WithoutALedgerNothingIsDoneAndThatIsTold) {
  testing::internal::CaptureStderr();
  const TemporaryFolder folder;
  const std::string no_folder = folder.file("missing");
  start(file_of(rule("back", "act", kPoll)), no_folder);
  step_back();
  EXPECT_EQ(outcome().ending, Ending::refused) << outcome().detail;
  EXPECT_TRUE(statuses_.latest()->action_ledger_failing);
  agent_.reset();
  EXPECT_TRUE(polls_.ranges().empty());
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("action ledger unusable; rules will not act"));
}

TEST_F(AgentTest, EndsWhileOthersStillCallIt) {
  start(file_of(rule("back", "act", kPoll)));
  std::jthread caller([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) agent_->nudge();
  });
  step_back();
  EXPECT_EQ(outcome().ending, Ending::done);
  caller = {};
  agent_.reset();
}

}  // namespace
}  // namespace slewd::app
