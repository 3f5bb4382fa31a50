#include <gtest/gtest.h>

#include "agent/remedy/notify_actuator.hpp"
#include "agent/remedy/poll_actuator.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;

struct FakeControl final : PollControl {
  Result<void> set_poll_range(Nanos minimum, Nanos maximum) override {
    range = {minimum, maximum};
    if (refuses) return fail(ErrorCode::unavailable, "the core does not answer");
    return {};
  }
  Result<void> burst() override {
    ++bursts;
    return {};
  }
  bool refuses = false;
  std::pair<Nanos, Nanos> range;
  int bursts = 0;
};

ActResult act(Actuator& actuator, const rules::Action& action) {
  std::vector<ActResult> results;
  actuator.begin(1, action, 1s, [&](const ActResult& result) { results.push_back(result); });
  EXPECT_EQ(results.size(), 1U);
  return results.at(0);
}

TEST(PollActuator, SetsTheRange) {
  FakeControl control;
  PollActuator actuator(control);
  const ActResult result = act(actuator, rules::PollAction{16s, 64s});
  EXPECT_EQ(result.ending, Ending::done);
  EXPECT_EQ(result.detail, "polls every 16s to 1m4s");
  EXPECT_EQ(control.range, (std::pair<Nanos, Nanos>{16s, 64s}));
}

TEST(PollActuator, ReportsWhatTheCoreSays) {
  FakeControl control;
  control.refuses = true;
  PollActuator actuator(control);
  const ActResult result = act(actuator, rules::PollAction{16s, 64s});
  EXPECT_EQ(result.ending, Ending::failed);
  EXPECT_EQ(result.detail, "the core does not answer");
}

TEST(PollActuator, AsksForABurstAndRefusesTheRest) {
  FakeControl control;
  PollActuator actuator(control);
  EXPECT_EQ(act(actuator, rules::BurstAction{}).ending, Ending::done);
  EXPECT_EQ(control.bursts, 1);
  EXPECT_EQ(act(actuator, rules::NotifyAction{"x"}).ending, Ending::refused);
}

TEST(NotifyActuator, TellsTheTextAndRefusesTheRest) {
  std::vector<std::string> told;
  NotifyActuator actuator([&](const std::string& text) { told.push_back(text); });
  EXPECT_EQ(act(actuator, rules::NotifyAction{"look"}).ending, Ending::done);
  EXPECT_EQ(told, (std::vector<std::string>{"look"}));
  EXPECT_EQ(act(actuator, rules::BurstAction{}).ending, Ending::refused);
}

}  // namespace
}  // namespace slewd::remedy
