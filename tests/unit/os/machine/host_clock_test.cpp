// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/host_clock.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "tests/unit/os/kernel_folder.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

class HostClocksTest : public testing::Test {
 protected:
  HostClocks make() { return {clock_, kernel_.file("sys"), kernel_.file("dev")}; }

  KernelFolder kernel_;
  FourClocks clock_;
};

TEST_F(HostClocksTest, WithoutAnyClockNobodyCanSay) {
  HostClocks host = make();
  host.look(true);
  EXPECT_FALSE(host.last());
  EXPECT_EQ(host.ptp_error()->code(), ErrorCode::not_found);
  EXPECT_EQ(host.battery_error()->code(), ErrorCode::not_found);
}

TEST_F(HostClocksTest, TheBatteryClockIsReadEveryTenSeconds) {
  kernel_.write_rtc(0);
  HostClocks host = make();
  kernel_.write_rtc(9);
  for (int i = 0; i < 9; ++i) {
    clock_.pass(1s);
    host.look(false);
    EXPECT_EQ(host.last()->read, RawTime{0s});
  }
  clock_.pass(1s);
  host.look(false);
  EXPECT_EQ(host.last()->read, RawTime{10s});
  EXPECT_EQ(host.last()->ahead, -500ms);
}

TEST_F(HostClocksTest, ARequestIsServedAtOnceButNotTwiceWithinASecond) {
  kernel_.write_rtc(0);
  HostClocks host = make();
  clock_.pass(5s);
  host.look(true);
  EXPECT_EQ(host.last()->read, RawTime{5s});
  clock_.pass(400ms);
  host.look(true);
  EXPECT_EQ(host.last()->read, RawTime{5s});
  clock_.pass(600ms);
  host.look(false);
  EXPECT_EQ(host.last()->read, RawTime{6s}) << "the request stood";
  clock_.pass(1s);
  host.look(false);
  EXPECT_EQ(host.last()->read, RawTime{6s}) << "and was served once";
}

TEST_F(HostClocksTest, AFailedReadingKeepsTheLastOne) {
  kernel_.write_rtc(100);
  HostClocks host = make();
  kernel_.write("sys/class/rtc/rtc0/since_epoch", "?");
  clock_.pass(10s);
  host.look(false);
  EXPECT_EQ(host.last()->read, RawTime{0s});
  EXPECT_TRUE(host.battery_error());
  kernel_.write_rtc(120);
  clock_.pass(10s);
  host.look(false);
  EXPECT_EQ(host.last()->read, RawTime{20s});
  EXPECT_FALSE(host.battery_error());
}

TEST_F(HostClocksTest, APtpDeviceThatCannotBeReadLeavesTheBatteryClockAsTheWitness) {
  kernel_.write("sys/class/ptp/ptp0/clock_name", "hyperv\n");
  kernel_.write("dev/ptp0", "a file answers no ioctl");
  kernel_.write_rtc(100);
  const HostClocks host = make();
  EXPECT_EQ(host.ptp_name(), "hyperv");
  EXPECT_TRUE(host.ptp_error());
  ASSERT_TRUE(host.last());
  EXPECT_EQ(host.last()->uncertainty, 500ms);
}

}  // namespace
}  // namespace slewd::os
