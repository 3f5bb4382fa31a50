#include "agent/linux/receive_stamp.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

core::ClockReading reading_at(Nanos since_boot, Nanos wall_less_mono) {
  core::ClockReading reading;
  reading.mono = MonoTime{since_boot};
  reading.raw = RawTime{since_boot + 5s};
  reading.wall = WallTime{since_boot + wall_less_mono};
  reading.width = 200ns;
  return reading;
}

class ReceiveStamp : public testing::Test {
 protected:
  static constexpr Nanos kEpoch = 1'700'000'000s;
  const core::ClockReading sent_ = reading_at(100s, kEpoch);
  const core::ClockReading read_ = reading_at(100s + 10ms, kEpoch);
};

TEST_F(ReceiveStamp, IsTakenOffTheRawTimeByItsAge) {
  const Arrival arrival = arrival_of(read_.wall - 30us, read_, anchor_of(sent_));
  EXPECT_EQ(arrival.source, core::StampSource::kernel);
  EXPECT_EQ(arrival.raw, read_.raw - 30us);
}

TEST_F(ReceiveStamp, IsTheMomentOfReadingWhenTheKernelGaveNone) {
  const Arrival arrival = arrival_of(std::nullopt, read_, anchor_of(sent_));
  EXPECT_EQ(arrival.source, core::StampSource::daemon);
  EXPECT_EQ(arrival.raw, read_.raw);
}

TEST_F(ReceiveStamp, IsNotTrustedFromTheFutureNorWhenOld) {
  for (const Nanos age : {-1ns, Nanos{1s + 1ns}, Nanos{-11s}}) {
    const Arrival arrival = arrival_of(read_.wall - age, read_, anchor_of(sent_));
    EXPECT_EQ(arrival.source, core::StampSource::daemon) << age.count();
    EXPECT_EQ(arrival.raw, read_.raw);
  }
}

TEST_F(ReceiveStamp, IsNotTrustedWhenTheWallClockWasSteppedSinceTheRequest) {
  for (const Nanos step : {Nanos{2us}, Nanos{-2us}, Nanos{100ms}, Nanos{-100ms}}) {
    const core::ClockReading stepped = reading_at(100s + 10ms, kEpoch + step);
    const Arrival arrival = arrival_of(stepped.wall - 100us, stepped, anchor_of(sent_));
    EXPECT_EQ(arrival.source, core::StampSource::daemon) << step.count();
    EXPECT_EQ(arrival.raw, stepped.raw);
  }
}

TEST_F(ReceiveStamp, IsTrustedWhenTheReadingsDifferByNoMoreThanTheirWidths) {
  const core::ClockReading noisy = reading_at(100s + 10ms, kEpoch + 1us);
  const Arrival arrival = arrival_of(noisy.wall - 100us, noisy, anchor_of(sent_));
  EXPECT_EQ(arrival.source, core::StampSource::kernel);
}

}  // namespace
}  // namespace slewd::os
