// SPDX-License-Identifier: Apache-2.0
// The planned step in the virtual world: the clock right at once, and nothing else disturbed.
#include <gtest/gtest.h>

#include "base/duration.hpp"

#include "tests/sim/usual_worlds.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;
using core::JumpCause;
using core::Phase;

// What the newest snapshot says of a step.
core::StepOffer offer_of(const EngineWorld& run) { return run.snapshot()->step_offer; }

TEST(PlannedStepInTheSimulator, SetsAClockThatIsAMinuteOffRightAtOnceAndDisturbsNothingElse) {
  for (const Nanos error : {Nanos(-60s), Nanos(60s), Nanos(-11s)}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(format(error) + ", seed " + std::to_string(seed));
      EngineWorld run(seed, ten_off());
      for (const char* name : {"a", "b", "c"}) run.add_server(name, kLan);
      run.start();
      run.world.run_for(1h);
      run.client.kernel().step(-error);
      run.world.run_for(10min);
      ASSERT_GT(magnitude(run.client.true_offset()), 8s) << "it is still being slewed away";
      const auto frequency = run.snapshot()->clock.frequency->value;
      const auto offer = offer_of(run);
      ASSERT_TRUE(offer.size);
      ASSERT_EQ(offer.refused, "");
      const std::size_t jumps = run.jumps.size();
      const auto done = run.step_to_true(*offer.size);
      ASSERT_TRUE(done) << done.error().describe();
      EXPECT_LT(magnitude(run.client.true_offset()), 1ms) << "at once";
      EXPECT_LT(magnitude(done->left), 1ms);
      EXPECT_LT(magnitude(done->stepped - *offer.size), 10ms);
      ASSERT_EQ(run.jumps.size(), jumps + 1);
      EXPECT_EQ(run.jumps.back().cause, JumpCause::own_step);
      EXPECT_LT(magnitude(run.jumps.back().size - done->stepped), 1ms);
      EXPECT_EQ(run.snapshot()->clock.slew_rate.value, 0) << "nothing is left to be slewed";
      const std::size_t transitions = run.transitions.size();
      run.reset_error();
      run.world.run_for(6h);
      EXPECT_LT(run.largest_error(), 5ms) << "the slew that was in force has ended";
      EXPECT_EQ(run.transitions.size(), transitions) << "no Spike, no new start";
      EXPECT_EQ(run.phase(), Phase::sync);
      EXPECT_NEAR(run.snapshot()->clock.frequency->value, frequency, 0.5);
      EXPECT_EQ(run.jumps.size(), jumps + 1) << "it is not taken for an external step";
      expect_sound(run);
    }
  }
}

TEST(PlannedStepInTheSimulator, EndsAnAlarmOfAnErrorThatIsTooLargeToBeSlewed) {
  EngineWorld run(3, ten_off());
  for (const char* name : {"a", "b", "c"}) run.add_server(name, kLan);
  run.start();
  run.world.run_for(1h);
  run.client.kernel().step(2h);
  ASSERT_TRUE(run.world.run_until([&] { return run.phase() == Phase::alarm; }, 10min));
  run.world.run_for(10min);
  ASSERT_EQ(offer_of(run).refused, "");
  ASSERT_TRUE(run.step_to_true(*offer_of(run).size));
  EXPECT_LT(magnitude(run.client.true_offset()), 1ms);
  run.world.run_for(10min);
  EXPECT_EQ(run.phase(), Phase::sync);
  EXPECT_LT(magnitude(run.client.true_offset()), 1ms);
  expect_sound(run);
}

TEST(PlannedStepInTheSimulator, IsRefusedWithAReasonUnlessTheTimeIsKnownWellAndWorthIt) {
  core::CoreConfig config = EngineWorld::default_config();
  EngineWorld run(5, ten_off(), config);
  sim::ServerHost& server = run.add_server("a", kLan);
  run.start();
  EXPECT_NE(offer_of(run).refused.find("no source has provided the time yet"), std::string::npos);
  run.world.run_for(1h);
  EXPECT_NE(offer_of(run).refused.find("not worth a step"), std::string::npos);
  run.client.kernel().step(20s);
  run.world.run_for(50ms);
  EXPECT_NE(offer_of(run).refused.find("Disrupted"), std::string::npos) << offer_of(run).refused;
  run.world.run_for(10min);
  EXPECT_EQ(offer_of(run).refused, "");
  // The hooks were chosen for what was announced.
  const auto other = run.step_to_true(-3s);
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().describe().find("was announced"), std::string::npos);
  const auto late = run.engine().step_to_true(*offer_of(run).size, MonoTime{});
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().describe().find("too late"), std::string::npos);
  EXPECT_EQ(run.driver().steps(), 0U);
  server.personality.manner = sim::ServerManner::silent;
  run.world.run_for(3h);
  EXPECT_NE(offer_of(run).refused.find("Holdover"), std::string::npos) << offer_of(run).refused;
  EXPECT_FALSE(run.step_to_true(*offer_of(run).size));
  EXPECT_EQ(run.driver().steps(), 0U);
  run.reload([](core::CoreConfig& changed) { changed.mode = core::Mode::observe; });
  run.world.run_for(2s);
  EXPECT_NE(offer_of(run).refused.find("does not steer"), std::string::npos);
}

TEST(PlannedStepInTheSimulator, IsRefusedWhenWhatIsNotKnownIsMuchAgainstTheOffset) {
  EngineWorld run(6, ten_off());
  // What the server itself admits: 150 ms.
  sim::Personality vague;
  vague.root_dispersion = 150ms;
  run.add_server("a", kLan, vague);
  run.start();
  run.world.run_for(1h);
  run.client.kernel().step(-400ms);
  run.world.run_for(30s);
  ASSERT_GT(magnitude(*offer_of(run).size), 130ms);
  EXPECT_NE(offer_of(run).refused.find("is known to"), std::string::npos) << offer_of(run).refused;
}

}  // namespace
}  // namespace slewd::tests
