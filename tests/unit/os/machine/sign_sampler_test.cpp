// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/sign_sampler.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/os/kernel_folder.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(SignSampler, FindsWhatTheKernelShowsAndItsChanges) {
  KernelFolder kernel;
  kernel.write_clocksource("tsc");
  kernel.write_steal(0);
  kernel.write_rtc(100);
  FourClocks clock;
  SignSampler sampler(clock, kernel.places());
  EXPECT_EQ(sampler.signs().clocksource, "tsc");
  EXPECT_EQ(sampler.signs().steal, 0ns);
  EXPECT_EQ(sampler.signs().host->ahead, 100500ms);

  kernel.write_clocksource("hpet");
  kernel.write_steal(::sysconf(_SC_CLK_TCK) * ::sysconf(_SC_NPROCESSORS_ONLN));
  sampler.tick(false);
  EXPECT_EQ(sampler.signs().clocksource, "hpet");
  EXPECT_EQ(sampler.signs().steal, 1s);
}

TEST(SignSampler, WhatIsNotThereIsEmptyAndReportedAsAbsent) {
  const KernelFolder kernel;
  const FourClocks clock;
  const SignSampler sampler(clock, kernel.places());
  EXPECT_EQ(sampler.signs().clocksource, "");
  EXPECT_FALSE(sampler.signs().steal);
  EXPECT_FALSE(sampler.signs().host);
  for (const WitnessReport& report : sampler.describe())
    EXPECT_EQ(report.state, WitnessState::absent) << report.name;
}

TEST(SignSampler, ReportsSayWhatEachShows) {
  KernelFolder kernel;
  kernel.write_rtc(7);
  kernel.write_clocksource("tsc");
  kernel.write("sys/class/ptp/ptp0/clock_name", "KVM virtual PTP\n");
  const FourClocks clock;
  const auto reports = SignSampler(clock, kernel.places()).describe();
  ASSERT_EQ(reports.size(), 4U);
  EXPECT_EQ(reports[0].name, "ptp");
  EXPECT_EQ(reports[0].state, WitnessState::refused);
  EXPECT_THAT(reports[0].detail, HasSubstr("dev/ptp0 is not visible to this process"));
  EXPECT_EQ(reports[1].name, "rtc");
  EXPECT_EQ(reports[1].state, WitnessState::ok);
  EXPECT_EQ(reports[1].detail, "7.50 s ahead of the wall clock, uncertainty 500 ms");
  EXPECT_EQ(reports[2].detail, "tsc");
}

TEST(SignSampler, ErrorsMapToStates) {
  EXPECT_EQ(state_of(Error(ErrorCode::not_found, "")), WitnessState::absent);
  EXPECT_EQ(state_of(Error(ErrorCode::unsupported, "")), WitnessState::absent);
  EXPECT_EQ(state_of(Error(ErrorCode::permission, "")), WitnessState::refused);
  EXPECT_EQ(state_of(Error(ErrorCode::unavailable, "")), WitnessState::failing);
  EXPECT_EQ(to_string(WitnessState::failing), "failing");
}

}  // namespace
}  // namespace slewd::os
