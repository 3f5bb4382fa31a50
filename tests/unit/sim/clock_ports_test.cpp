// SPDX-License-Identifier: Apache-2.0
#include "sim/clock_ports.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

class ClockPortsTest : public testing::Test {
 protected:
  RawTime raw_{1000s};
  KernelClock kernel_{raw_, WallTime{1'767'225'600s}, MonoTime{500s}};
  SimClock clock_{kernel_, [this] { return raw_; }};
  SimClockDriver driver_{kernel_, [this] { return raw_; }};
};

TEST_F(ClockPortsTest, ReadsAllTimelinesAtThePresentMoment) {
  raw_ += 10s;
  const core::ClockReading now = clock_.now();
  EXPECT_EQ(now.raw, RawTime{1010s});
  EXPECT_EQ(now.mono, MonoTime{510s});
  EXPECT_EQ(now.boot, BootTime{510s});
  EXPECT_EQ(now.wall, WallTime{1'767'225'610s});
  EXPECT_EQ(now.width, 0s);
}

TEST_F(ClockPortsTest, KeepsTheTickNominalWhileTheFrequencySuffices) {
  for (const double ppm : {0.0, -90.7, 499.9, 500.0, -500.0}) {
    EXPECT_EQ(split_rate(Ppm{ppm}).tick, kTickNominal);
    EXPECT_EQ(split_rate(Ppm{ppm}).frequency, Ppm{ppm});
  }
}

TEST_F(ClockPortsTest, SplitsLargeRatesIntoTickAndARestOfAtMostHalfATick) {
  for (const double ppm : {500.1, 5000.0, -83'333.0, 99'999.0, 100'000.0, -100'000.0, 12'345.678}) {
    const RateSplit split = split_rate(Ppm{ppm});
    EXPECT_GE(split.tick, kTickLowest);
    EXPECT_LE(split.tick, kTickHighest);
    EXPECT_LE(magnitude(split.frequency).value, 50.0 + 1e-9);
    EXPECT_NEAR((split.tick - kTickNominal) * 100 + split.frequency.value, ppm, 1e-9);
  }
}

TEST_F(ClockPortsTest, RunsAtTheRateItWasToldAndReadsItBack) {
  for (const double ppm : {-90.7, 5000.25, -100'000.0, 100'000.0}) {
    ASSERT_TRUE(driver_.set_frequency(Ppm{ppm}));
    EXPECT_NEAR(kernel_.rate().value, ppm, 1.0 / 65'536);
    EXPECT_NEAR(driver_.read_back()->frequency.value, ppm, 1.0 / 65'536);
  }
}

TEST_F(ClockPortsTest, RefusesARateBeyondTheKernelsAndChangesNothing) {
  ASSERT_TRUE(driver_.set_frequency(Ppm{12}));
  for (const double ppm : {100'000.1, -100'001.0, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    const auto set = driver_.set_frequency(Ppm{ppm});
    ASSERT_FALSE(set) << ppm;
    EXPECT_EQ(set.error().code(), ErrorCode::invalid);
  }
  EXPECT_EQ(kernel_.rate(), Ppm{12});
}

TEST_F(ClockPortsTest, AChangeTakesEffectFromThePresentMoment) {
  raw_ += 100s;
  ASSERT_TRUE(driver_.set_frequency(Ppm{500}));
  raw_ += 100s;
  EXPECT_EQ(clock_.now().mono, MonoTime{700s} + 50ms);
}

TEST_F(ClockPortsTest, StepsAndSlews) {
  ASSERT_TRUE(driver_.step(2s));
  EXPECT_EQ(clock_.now().wall, WallTime{1'767'225'602s});
  ASSERT_TRUE(driver_.start_singleshot(-5ms));
  raw_ += 4s;
  EXPECT_EQ(driver_.read_back()->singleshot_remaining, -3ms);
}

TEST_F(ClockPortsTest, PublishesTheStatusThatTheKernelThenShows) {
  ASSERT_TRUE(driver_.publish_status({.synchronized = true,
                                      .max_error = 30ms,
                                      .estimated_error = 1ms,
                                      .leap = core::Leap::insert}));
  raw_ += 10s;
  const auto read = driver_.read_back();
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->unsynchronized);
  EXPECT_EQ(read->max_error, 35ms);
  EXPECT_EQ(read->estimated_error, 1ms);
  EXPECT_EQ(read->status_bits, kStatusInsert);
  ASSERT_TRUE(driver_.publish_status(
      {.synchronized = false, .max_error = 16s, .estimated_error = 16s, .leap = core::Leap::none}));
  EXPECT_TRUE(driver_.read_back()->unsynchronized);
  EXPECT_EQ(driver_.read_back()->status_bits, kStatusUnsync);
}

TEST_F(ClockPortsTest, WithoutPermissionNothingMovesAndReadingStillWorks) {
  driver_.deny(true);
  for (const Result<void>& denied : {driver_.set_frequency(Ppm{1}), driver_.start_singleshot(1ms),
                                     driver_.step(1s), driver_.publish_status({})}) {
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().code(), ErrorCode::permission);
  }
  EXPECT_EQ(kernel_.rate(), Ppm{0});
  EXPECT_EQ(kernel_.wall(), WallTime{1'767'225'600s});
  EXPECT_TRUE(driver_.read_back());
  driver_.deny(false);
  EXPECT_TRUE(driver_.step(1s));
}

}  // namespace
}  // namespace slewd::sim
