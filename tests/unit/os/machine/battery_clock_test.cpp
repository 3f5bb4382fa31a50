// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/battery_clock.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "tests/unit/os/kernel_folder.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

// The wall clock shows other values at the second look.
class MovingClock : public core::Clock {
 public:
  MovingClock(Nanos first, Nanos second) : first_(first), second_(second) {}
  [[nodiscard]] core::ClockReading now() const override {
    const Nanos wall = looks_++ == 0 ? first_ : second_;
    return {MonoTime{Nanos{1}}, RawTime{Nanos{looks_}}, BootTime{Nanos{1}}, WallTime{wall}, {}, {}};
  }

 private:
  Nanos first_;
  Nanos second_;
  mutable int looks_ = 0;
};

core::HostClock read_battery_clock(const KernelFolder& kernel, const core::Clock& clock) {
  const auto reading = BatteryClock(kernel.file("sys/class/rtc/rtc0/since_epoch")).read(clock);
  EXPECT_TRUE(reading) << reading.error().describe();
  return reading ? *reading : core::HostClock{};
}

TEST(BatteryClock, ASecondsNumberIsTakenWholeOrNotAtAll) {
  EXPECT_EQ(parse_epoch_seconds("1795336362\n"), Nanos{1795336362s});
  EXPECT_EQ(parse_epoch_seconds("-7"), Nanos{-7s});
  for (const char* wrong : {"", "\n", "12 ", " 12", "12\n\n", "1.5", "0x1", "9999999999999999999",
                            "9000000001", "-9000000001"})
    EXPECT_FALSE(parse_epoch_seconds(wrong)) << wrong;
}

TEST(BatteryClock, OneReadingIsCertainToHalfASecond) {
  const KernelFolder kernel;
  kernel.write_rtc(1000);
  const auto host = read_battery_clock(kernel, MovingClock(1000300ms, 1000300ms));
  EXPECT_EQ(host.ahead, 200ms) << "it stood between 1000 s and 1001 s";
  EXPECT_EQ(host.uncertainty, 500ms);
  EXPECT_EQ(host.read, RawTime{Nanos{1}});
}

TEST(BatteryClock, ASlowReadingAndAStepDuringItWidenTheUncertainty) {
  const KernelFolder kernel;
  kernel.write_rtc(1000);
  const auto slow = read_battery_clock(kernel, MovingClock(1000s, 1001s));
  EXPECT_EQ(slow.uncertainty, 1s);
  const auto stepped = read_battery_clock(kernel, MovingClock(1000s, 989s));
  EXPECT_EQ(stepped.uncertainty, 6s);
  EXPECT_EQ(stepped.ahead, 6s) << "0 s to 12 s";
}

TEST(BatteryClock, LocalTimeIsAConstantAndAPauseAChange) {
  const KernelFolder kernel;
  kernel.write_rtc(1000 + 7200);
  const auto before = read_battery_clock(kernel, MovingClock(1000s, 1000s));
  kernel.write_rtc(1030 + 7200);  // 30 s went by outside, 23 s of them unseen
  const auto after = read_battery_clock(kernel, MovingClock(1007s, 1007s));
  EXPECT_EQ(before.ahead, 7200500ms);
  EXPECT_EQ(after.ahead - before.ahead, 23s);
  // RAW passes by a nanosecond a look in this test.
  EXPECT_LT(magnitude(after.phase - before.phase - 30s), 10ns) << "all that passed but for RAW";
}

TEST(BatteryClock, WithoutOneThereIsAnError) {
  const KernelFolder kernel;
  const BatteryClock clock(kernel.file("sys/class/rtc/rtc0/since_epoch"));
  EXPECT_EQ(clock.read(FourClocks()).error().code(), ErrorCode::not_found);
  kernel.write("sys/class/rtc/rtc0/since_epoch", "noon\n");
  EXPECT_EQ(clock.read(FourClocks()).error().code(), ErrorCode::invalid);
}

}  // namespace
}  // namespace slewd::os
