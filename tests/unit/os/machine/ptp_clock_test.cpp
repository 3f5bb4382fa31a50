// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/ptp_clock.hpp"

#include <cerrno>
#include <chrono>
#include <vector>

#include <gtest/gtest.h>
#include <linux/ptp_clock.h>

#include "tests/unit/os/kernel_folder.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

ptp_clock_time ptp_time(Nanos since_epoch) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(since_epoch);
  ptp_clock_time time{};
  time.sec = whole.count();
  time.nsec = static_cast<__u32>((since_epoch - whole).count());
  return time;
}

// A driver whose clock is 7 s ahead of a wall clock at 100 s, and which offers what it is told to.
struct FakeDriver {
  int precise = EOPNOTSUPP;  // the errno of each way; 0 = it works
  int extended = EOPNOTSUPP;
  int plain = EOPNOTSUPP;
  std::vector<Nanos> widths{30us, 10us, 20us, 40us, 50us};
  std::vector<unsigned long> asked;

  int operator()(unsigned long request, void* argument) {
    asked.push_back(request);
    if (request == PTP_SYS_OFFSET_PRECISE) {
      auto& offset = *static_cast<ptp_sys_offset_precise*>(argument);
      offset.device = ptp_time(107s + 3ns);
      offset.sys_realtime = ptp_time(100s);
      return precise;
    }
    if (request == PTP_SYS_OFFSET_EXTENDED) {
      auto& offset = *static_cast<ptp_sys_offset_extended*>(argument);
      for (unsigned i = 0; i < offset.n_samples; ++i) {
        offset.ts[i][0] = ptp_time(100s);
        offset.ts[i][1] = ptp_time(107s + widths[i] / 2);
        offset.ts[i][2] = ptp_time(100s + widths[i]);
      }
      return extended;
    }
    auto& offset = *static_cast<ptp_sys_offset*>(argument);
    Nanos wall = 100s;
    for (unsigned i = 0; i < offset.n_samples; ++i) {
      offset.ts[2 * i] = ptp_time(wall);
      offset.ts[2 * i + 1] = ptp_time(wall + 7s + widths[i] / 2);
      wall += widths[i];
    }
    offset.ts[2 * offset.n_samples] = ptp_time(wall);
    return plain;
  }
};

Result<core::HostClock> read_ptp_clock(FakeDriver& driver) {
  FourClocks clock;
  clock.reading.raw = RawTime{42s};
  return PtpClock(
             [&driver](unsigned long request, void* argument) { return driver(request, argument); })
      .read(clock);
}

TEST(PtpClock, TheHypervisorsClocksAreKnownByName) {
  for (const char* name : {"KVM virtual PTP", "hyperv", "vmclock0", "vmclock1", "ptp_vmw",
                           "Virtio PTP type 0/variant 0", "Virtio PTP type 1/variant 0"})
    EXPECT_TRUE(is_host_clock(name)) << name;
  for (const char* name : {"", "ixgbe-eth0", "e1000e", "KVM", "hyperv2",
                           "Virtio PTP type 3/variant 1", "Virtio PTP type 2/variant 0"})
    EXPECT_FALSE(is_host_clock(name)) << name;
}

TEST(PtpClock, TheDeviceIsFoundAmongNetworkCards) {
  const KernelFolder kernel;
  const auto find = [&] { return find_host_clock(kernel.file("sys"), kernel.file("dev")); };
  kernel.write("sys/class/ptp/ptp0/clock_name", "ixgbe-eth0\n");
  EXPECT_EQ(find().path, "");
  kernel.write("sys/class/ptp/ptp3/clock_name", "KVM virtual PTP\n");
  EXPECT_EQ(find().path, kernel.file("dev/ptp3"));
  EXPECT_EQ(find().name, "KVM virtual PTP");
  EXPECT_EQ(PtpClock::open(find()).error().code(), ErrorCode::permission) << "hidden";
}

TEST(PtpClock, ThePreciseWayIsTakenWhereItWorks) {
  FakeDriver driver;
  driver.precise = 0;
  const auto host = read_ptp_clock(driver);
  ASSERT_TRUE(host);
  EXPECT_EQ(host->ahead, 7s + 3ns);
  EXPECT_EQ(host->uncertainty, 1us);
  EXPECT_EQ(host->read, RawTime{42s});
  EXPECT_EQ(host->phase, host->ahead - 42s) << "by a wall clock that shows zero";
  EXPECT_EQ(driver.asked.size(), 1U);
}

TEST(PtpClock, ElseTheNarrowestSandwichCounts) {
  for (const bool extended : {true, false}) {
    FakeDriver driver;
    (extended ? driver.extended : driver.plain) = 0;
    const auto host = read_ptp_clock(driver);
    ASSERT_TRUE(host);
    EXPECT_EQ(host->ahead, 7s);
    EXPECT_EQ(host->uncertainty, 5us + 1ns);
  }
}

TEST(PtpClock, AWallClockThatIsSetBackMeanwhileSpoilsOnlyItsSandwich) {
  FakeDriver driver;
  driver.plain = 0;
  driver.widths = {30us, -5s, 20us, 40us, 50us};
  const auto host = read_ptp_clock(driver);
  ASSERT_TRUE(host);
  EXPECT_EQ(host->uncertainty, 10us + 1ns);
  driver.widths.assign(5, -5s);
  EXPECT_EQ(read_ptp_clock(driver).error().code(), ErrorCode::unavailable);
}

TEST(PtpClock, ADriverThatOffersNothingIsAnError) {
  FakeDriver driver;
  const auto host = read_ptp_clock(driver);
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().code(), ErrorCode::unsupported);
  EXPECT_EQ(driver.asked.size(), 3U);
}

}  // namespace
}  // namespace slewd::os
