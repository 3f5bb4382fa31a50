// SPDX-License-Identifier: Apache-2.0
#include "lab/plan.hpp"

#include <algorithm>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace slewd::lab {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

constexpr Ppm kHeadroom{100'000};

core::SteeringConfig at(Ppm rate) {
  core::SteeringConfig config;
  config.max_slew = rate;
  config.large_offset_slew = rate;
  return config;
}

Plan planned(const std::string& offset, const std::string& rate = "",
             const core::CoreConfig& config = {}) {
  auto plan = make_plan({offset, rate, config});
  EXPECT_TRUE(plan) << plan.error().describe();
  return plan ? *plan : Plan{};
}

std::string plan_refusal(const std::string& offset, const std::string& rate = "") {
  const auto plan = make_plan({offset, rate, {}});
  EXPECT_FALSE(plan);
  if (plan) return "";
  EXPECT_EQ(plan.error().code(), ErrorCode::invalid);
  return plan.error().describe();
}

TEST(Plan, ElevenSecondsAt500PpmTakeSixHours) {
  for (const Nanos offset : {11s, -11s}) {
    const SlewLine line = run_slew(offset, at(Ppm{500}), kHeadroom);
    EXPECT_NEAR(to_seconds(line.below_128ms), (11 - 0.128) / 500e-6, 0.01);
    EXPECT_NEAR(to_seconds(line.below_1ms), (11 - 0.001) / 500e-6, 0.01);
    EXPECT_GE(line.done, line.below_1ms);
    EXPECT_LT(to_seconds(line.done), 11 / 500e-6 + 60);
    EXPECT_EQ(line.rate.value, 500);
  }
}

TEST(Plan, UsesTheLargeRateAsSteeringDoes) {
  const SlewLine large = run_slew(129ms, {}, kHeadroom);
  EXPECT_EQ(large.rate.value, 5000);
  EXPECT_NEAR(to_seconds(large.below_1ms), 0.128 / 5000e-6, 0.01);
  const SlewLine small = run_slew(-127ms, {}, kHeadroom);
  EXPECT_EQ(small.rate.value, 500);
  EXPECT_EQ(small.below_128ms, 0s);
  EXPECT_GT(small.below_1ms, large.below_1ms);
}

TEST(Plan, SkippingEqualRenewalsChangesNothing) {
  // The same slew, renewed one by one as the daemon does it.
  const core::SteeringConfig config;
  core::Steering steering(config);
  double left = 11;
  double elapsed = 0;
  while (const auto slew = steering.plan(from_seconds(left), 16s, kHeadroom)) {
    const double seconds = to_seconds(slew->duration) / (1 + to_ratio(slew->rate));
    elapsed += seconds;
    left = std::max(0.0, left - seconds * to_ratio(slew->rate));
  }
  EXPECT_NEAR(to_seconds(run_slew(11s, config, kHeadroom).done), elapsed, 1e-3);
}

TEST(Plan, StaysWithinTheHeadroom) {
  EXPECT_EQ(run_slew(1s, at(Ppm{5000}), Ppm{2000}).rate.value, 2000);
}

TEST(Plan, EndsForTheLongestOffsetAtTheLeastRate) {
  const SlewLine line = run_slew(24h, at(Ppm{1}), kHeadroom);
  EXPECT_GT(line.done, 24h * 365 * 200);
  EXPECT_LE(line.below_128ms, line.done);
}

TEST(Plan, ShowsCustomaryRatesInOrder) {
  const Plan plan = planned("11s");
  ASSERT_EQ(plan.customary.size(), 4U);
  EXPECT_EQ(plan.customary[0].rate.value, 500);
  EXPECT_EQ(plan.customary[3].rate.value, 100'000);
  EXPECT_TRUE(std::ranges::is_sorted(plan.customary, std::greater<>{}, &SlewLine::done));
  EXPECT_THAT(plan_text(plan), HasSubstr("   500 ppm     6 h 2 min    6 h 7 min    6 h 7 min\n"));
  EXPECT_THAT(plan_text(plan), HasSubstr("\n100000 ppm    1 min 49 s   1 min 50 s"));
}

TEST(Plan, AGivenRateReplacesBothConfiguredOnes) {
  EXPECT_EQ(planned("11s", "500ppm").line.rate.value, 500);
  EXPECT_EQ(planned("10ms", "20ppm").line.rate.value, 20);
}

TEST(Plan, SaysWhichWayTheClockIsWrong) {
  EXPECT_THAT(plan_text(planned("11s")), HasSubstr("The clock is 11 s behind. A slew makes it run "
                                                   "faster by up to 5000 ppm (0.500 %)"));
  EXPECT_THAT(plan_text(planned("-11s")), HasSubstr("The clock is 11 s ahead. A slew makes it run "
                                                    "slower"));
  EXPECT_THAT(plan_text(planned("-11s")), HasSubstr("without a jump or a step back"));
}

TEST(Plan, RemarksOnAStepAtStartOnlyWhereTheConfigurationAllowsOne) {
  const auto remark = Contains(HasSubstr("step.at_startup"));
  EXPECT_THAT(planned("11s").remarks, remark);
  EXPECT_THAT(planned("-11s").remarks, remark);
  EXPECT_THAT(planned("-11s").remarks,
              Contains(HasSubstr("until 5 min after the boot (step.boot_window)")));
  const auto condition =
      Contains(HasSubstr("if a second source, the battery clock or dates of files"));
  EXPECT_THAT(planned("-1001s").remarks, condition);
  EXPECT_THAT(planned("-999s").remarks, Not(condition));
  core::CoreConfig config;
  config.step.at_startup = core::StartupStep::forward;
  EXPECT_THAT(planned("-11s", "", config).remarks, Not(remark));
  config.step.at_startup = core::StartupStep::any;
  EXPECT_THAT(planned("-11s", "", config).remarks, remark);
  config.step.at_startup = core::StartupStep::never;
  EXPECT_THAT(planned("11s", "", config).remarks, Not(remark));
}

TEST(Plan, SaysWhenSlewdWouldRatherRaiseTheAlarm) {
  EXPECT_THAT(planned("-1001s").remarks, Contains(HasSubstr("phase.panic (16 min 40 s)")));
  EXPECT_THAT(planned("-1001s").remarks,
              Contains(HasSubstr("enter Alarm; slewctl step --to-true ends it")));
  EXPECT_THAT(planned("-999s").remarks, Not(Contains(HasSubstr("Alarm"))));
  EXPECT_THAT(planned("-999s", "500ppm").remarks, Contains(HasSubstr("phase.max_slew_eta (14 d)")));
}

TEST(Plan, SaysThatTheServersWordAloneIsFirstDoubted) {
  EXPECT_THAT(planned("11s").remarks, Contains(HasSubstr("treated as a spike")));
  EXPECT_TRUE(planned("100ms").remarks.empty());
}

TEST(Plan, SaysThatObservingTouchesNothing) {
  core::CoreConfig config;
  config.mode = core::Mode::observe;
  EXPECT_THAT(planned("1ms", "", config).remarks, Contains(HasSubstr("observe")));
}

TEST(Plan, RefusesWhatIsNoOffset) {
  EXPECT_THAT(plan_refusal(""), HasSubstr("--offset"));
  EXPECT_THAT(plan_refusal("11"), HasSubstr("--offset"));
  EXPECT_THAT(plan_refusal("0s"), HasSubstr("for instance 11s"));
  EXPECT_THAT(plan_refusal("25h"), HasSubstr("--offset: 25h is not between"));
  EXPECT_THAT(plan_refusal("-25h"), HasSubstr("--offset: -25h is not between"));
}

TEST(Plan, RefusesWhatIsNoRate) {
  EXPECT_THAT(plan_refusal("11s", "500"), HasSubstr("--rate"));
  EXPECT_THAT(plan_refusal("11s", "0.5ppm"), HasSubstr("for instance 500ppm"));
  EXPECT_THAT(plan_refusal("11s", "-500ppm"), HasSubstr("is not between"));
  EXPECT_THAT(plan_refusal("11s", "20%"), HasSubstr("is not between"));
}

TEST(Plan, AsJsonHasTheSameFigures) {
  const Plan plan = planned("-11s");
  const auto json = nlohmann::json::parse(plan_json(plan));
  EXPECT_EQ(json["schema"], "slewd.plan/1");
  EXPECT_EQ(json["offset_seconds"], -11.0);
  EXPECT_EQ(json["slew"]["done_seconds"], to_seconds(plan.line.done));
  EXPECT_EQ(json["other_rates"].size(), 4U);
  EXPECT_EQ(json["step_hurts"].size(), plan.step_harms.size());
}

TEST(StepHarm, BackwardAndForwardHurtDifferentServices) {
  const auto back = harms_of_step(-11s);
  const auto forward = harms_of_step(11s);
  const auto varnish = Field(&Harm::service, "Varnish");
  EXPECT_THAT(back, Contains(varnish));
  EXPECT_THAT(forward, Not(Contains(varnish)));
  EXPECT_THAT(back, Contains(Field(&Harm::effect, HasSubstr("live longer by 11 s"))));
  EXPECT_THAT(forward, Contains(Field(&Harm::effect, HasSubstr("expire early, by 11 s"))));
}

TEST(StepHarm, Dovecot1DiesBeyondFiveSecondsAndSleepsUpToThere) {
  const auto dies = Field(&Harm::effect, HasSubstr("status 89"));
  const auto sleeps = Field(&Harm::effect, HasSubstr("sleep"));
  EXPECT_THAT(harms_of_step(-5s), Not(Contains(dies)));
  EXPECT_THAT(harms_of_step(-5s), Contains(sleeps));
  EXPECT_THAT(harms_of_step(-5001ms), Contains(dies));
  EXPECT_THAT(harms_of_step(-5001ms), Not(Contains(sleeps)));
}

TEST(StepHarm, Dovecot2HoldsLoginsBackForTheStepButAtMostThreeMinutes) {
  EXPECT_THAT(harms_of_step(-11s), Contains(Field(&Harm::effect, HasSubstr("for up to 11 s"))));
  EXPECT_THAT(harms_of_step(-1h), Contains(Field(&Harm::effect, HasSubstr("for up to 3 min"))));
}

TEST(StepHarm, AnErrorHurtsWhoeverComparesClocksWhicheverWayItGoes) {
  EXPECT_TRUE(harms_of_error(20ms).empty());
  const auto kerberos = Field(&Harm::service, "Kerberos");
  EXPECT_THAT(harms_of_error(-301s), Contains(kerberos));
  EXPECT_THAT(harms_of_error(300s), Not(Contains(kerberos)));
}

}  // namespace
}  // namespace slewd::lab
