// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "agent/remedy/dispatch/core_actuator.hpp"
#include "agent/remedy/dispatch/notify_actuator.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;

struct FakeControl final : CoreControl {
  Result<void> set_poll_range(Nanos minimum, Nanos maximum) override {
    range = {minimum, maximum};
    if (refuses) return fail(ErrorCode::unavailable, "the core does not answer");
    return {};
  }
  Result<void> burst() override {
    ++bursts;
    return {};
  }
  Result<void> hold_over(Nanos duration) override {
    held_for = duration;
    return {};
  }
  Result<void> ban(const std::string& source, Nanos duration) override {
    banned = source;
    held_for = duration;
    return {};
  }
  Nanos held_for{};
  std::string banned;
  bool refuses = false;
  std::pair<Nanos, Nanos> range;
  int bursts = 0;
};

ActResult result_of(Actuator& actuator, const rules::Action& action) {
  std::vector<ActResult> results;
  actuator.begin(1, action, 1s, [&](const ActResult& result) { results.push_back(result); });
  EXPECT_EQ(results.size(), 1U);
  return results.at(0);
}

TEST(CoreActuator, SetsTheRange) {
  FakeControl control;
  CoreActuator actuator(control);
  const ActResult result = result_of(actuator, rules::PollAction{16s, 64s});
  EXPECT_EQ(result.ending, Ending::done);
  EXPECT_EQ(result.detail, "polls every 16s to 1m4s");
  EXPECT_EQ(control.range, (std::pair<Nanos, Nanos>{16s, 64s}));
}

TEST(CoreActuator, ReportsWhatTheCoreSays) {
  FakeControl control;
  control.refuses = true;
  CoreActuator actuator(control);
  const ActResult result = result_of(actuator, rules::PollAction{16s, 64s});
  EXPECT_EQ(result.ending, Ending::failed);
  EXPECT_EQ(result.detail, "the core does not answer");
}

TEST(CoreActuator, AsksForABurstAndRefusesTheRest) {
  FakeControl control;
  CoreActuator actuator(control);
  EXPECT_EQ(result_of(actuator, rules::BurstAction{}).ending, Ending::done);
  EXPECT_EQ(control.bursts, 1);
  EXPECT_EQ(result_of(actuator, rules::NotifyAction{"x"}).ending, Ending::refused);
}

TEST(CoreActuator, StopsListeningToOneSourceOrToAll) {
  FakeControl control;
  CoreActuator actuator(control);
  EXPECT_EQ(result_of(actuator, rules::HoldoverAction{10min}).detail,
            "ignoring all sources for 10m");
  EXPECT_EQ(control.held_for, 10min);
  EXPECT_EQ(result_of(actuator, rules::BanAction{"falsetickers", 1h}).detail,
            "ignoring falsetickers for 1h");
  EXPECT_EQ(control.banned, "falsetickers");
}

TEST(NotifyActuator, TellsTheTextAndRefusesTheRest) {
  std::vector<std::string> told;
  NotifyActuator actuator([&](const std::string& text) { told.push_back(text); });
  EXPECT_EQ(result_of(actuator, rules::NotifyAction{"look"}).ending, Ending::done);
  EXPECT_EQ(told, (std::vector<std::string>{"look"}));
  EXPECT_EQ(result_of(actuator, rules::BurstAction{}).ending, Ending::refused);
}

}  // namespace
}  // namespace slewd::remedy
