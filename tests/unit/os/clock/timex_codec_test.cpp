// SPDX-License-Identifier: Apache-2.0
#include "agent/os/clock/timex_codec.hpp"

#include <chrono>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>
#include <sys/timex.h>

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

constexpr long kTicks = 100;

TEST(SplitFrequency, LeavesTheTickAloneForOrdinaryCorrections) {
  const auto parts = split_frequency(Ppm{-90.7}, kTicks);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->tick, 10000);
  EXPECT_EQ(parts->frequency, std::lround(-90.7 * 65536));
  EXPECT_EQ(split_frequency(Ppm{500}, kTicks)->frequency, 500L << 16);
}

TEST(SplitFrequency, TakesTheNearestTickForFastSlews) {
  const auto parts = split_frequency(Ppm{5012.5}, kTicks);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->tick, 10050);
  EXPECT_EQ(parts->frequency, std::lround(12.5 * 65536));
  EXPECT_EQ(split_frequency(Ppm{-100000}, kTicks)->tick, 9000);
  EXPECT_EQ(split_frequency(Ppm{100000}, kTicks)->tick, 11000);
}

TEST(SplitFrequency, RefusesWhatTheKernelCannotDo) {
  for (const double ppm : {100000.1, -100000.1, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    const auto parts = split_frequency(Ppm{ppm}, kTicks);
    ASSERT_FALSE(parts);
    EXPECT_EQ(parts.error().code(), ErrorCode::invalid);
  }
}

TEST(SplitFrequency, IsUndoneByJoinWithinTheKernelsResolutionAndLimits) {
  constexpr unsigned kSeed = 20260101;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  std::uniform_real_distribution<double> any(-100000, 100000);
  for (const long ticks : {100L, 1000L}) {
    for (int i = 0; i < 2000; ++i) {
      const Ppm total{i % 2 == 0 ? any(random) : any(random) / 150};
      const auto parts = split_frequency(total, ticks);
      ASSERT_TRUE(parts);
      EXPECT_NEAR(join_frequency(*parts, ticks).value, total.value, 1.0 / 65536) << total.value;
      EXPECT_LE(std::abs(parts->frequency), 500L << 16) << total.value;
      EXPECT_GE(parts->tick, 900'000 / ticks) << total.value;
      EXPECT_LE(parts->tick, 1'100'000 / ticks) << total.value;
    }
  }
}

TEST(StepRequest, KeepsTheNanosecondsPositive) {
  const timex back = step_request(-1500ms - 1ns);
  EXPECT_EQ(back.modes, static_cast<unsigned>(ADJ_SETOFFSET | ADJ_NANO));
  EXPECT_EQ(back.time.tv_sec, -2);
  EXPECT_EQ(back.time.tv_usec, 499'999'999);
  const timex forward = step_request(11s);
  EXPECT_EQ(forward.time.tv_sec, 11);
  EXPECT_EQ(forward.time.tv_usec, 0);
}

TEST(SingleshotRequest, RoundsToMicrosecondsAndCancelsWithZero) {
  EXPECT_EQ(singleshot_request(-11s)->offset, -11'000'000);
  EXPECT_EQ(singleshot_request(1500ns)->offset, 2);
  EXPECT_EQ(singleshot_request(0ns)->offset, 0);
  EXPECT_EQ(singleshot_request(1s)->modes, static_cast<unsigned>(ADJ_OFFSET_SINGLESHOT));
}

TEST(SingleshotRequest, RefusesMoreThanAdjtimeTakes) {
  EXPECT_TRUE(singleshot_request(-2145s));
  ASSERT_FALSE(singleshot_request(2146s));
  EXPECT_EQ(singleshot_request(Nanos::min()).error().code(), ErrorCode::invalid);
}

TEST(StatusRequest, HandsBackTheBitsOfOthers) {
  const core::KernelStatus status{true, 1500ns, 1us, core::Leap::none};
  const timex request = status_request(status, STA_UNSYNC | STA_PPSFREQ | STA_NANO | STA_INS);
  EXPECT_EQ(request.modes, static_cast<unsigned>(ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR));
  EXPECT_EQ(request.status, STA_PPSFREQ);
  EXPECT_EQ(request.maxerror, 2);
  EXPECT_EQ(request.esterror, 1);
}

TEST(StatusRequest, TellsTheTaiOffsetWhereItIsKnown) {
  EXPECT_EQ(status_request({}, 0).modes & ADJ_TAI, 0U);
  const timex request = status_request({.tai_offset = 37}, 0);
  EXPECT_EQ(request.modes & ADJ_TAI, unsigned{ADJ_TAI});
  EXPECT_EQ(request.constant, 37);
}

TEST(StatusRequest, ArmsTheLeapAndTheUnsynchronisedFlag) {
  EXPECT_EQ(status_request({true, 1ms, 1ms, core::Leap::insert}, STA_DEL).status, STA_INS);
  EXPECT_EQ(status_request({true, 1ms, 1ms, core::Leap::erase}, 0).status, STA_DEL);
  EXPECT_EQ(status_request({false, 16s, 16s, core::Leap::unknown}, 0).status, STA_UNSYNC);
}

TEST(LoopRequests, ClearThePendingOffsetBeforeTheLoopEnds) {
  EXPECT_FALSE(kernel_loop_is_on(STA_UNSYNC | STA_NANO));
  EXPECT_TRUE(kernel_loop_is_on(STA_PLL));
  EXPECT_TRUE(kernel_loop_is_on(STA_PPSTIME));
  const timex clear = clear_loop_offset_request(STA_PLL | STA_FLL | STA_INS);
  EXPECT_EQ(clear.modes, static_cast<unsigned>(ADJ_OFFSET | ADJ_STATUS));
  EXPECT_EQ(clear.offset, 0);
  EXPECT_EQ(clear.status, STA_PLL | STA_INS);
  const timex stop = stop_loop_request(STA_PLL | STA_FLL | STA_INS);
  EXPECT_EQ(stop.modes, static_cast<unsigned>(ADJ_STATUS));
  EXPECT_EQ(stop.status, STA_INS);
}

TEST(Decode, GivesFrequencyAndTickTogether) {
  timex answer{};
  answer.tick = 10050;
  answer.freq = -(12L << 16);
  answer.status = STA_UNSYNC | STA_NANO;
  answer.maxerror = 16'000'000;
  answer.esterror = 7;
  answer.tai = 37;
  const core::KernelReadback readback = decode(answer, -250ms, kTicks);
  EXPECT_DOUBLE_EQ(readback.frequency.value, 4988);
  EXPECT_TRUE(readback.unsynchronized);
  EXPECT_EQ(readback.max_error, 16s);
  EXPECT_EQ(readback.estimated_error, 7us);
  EXPECT_EQ(readback.singleshot_remaining, -250ms);
  EXPECT_EQ(readback.status_bits, STA_UNSYNC | STA_NANO);
  EXPECT_EQ(readback.tai_offset, 37);
}

}  // namespace
}  // namespace slewd::os
