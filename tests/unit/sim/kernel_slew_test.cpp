// SPDX-License-Identifier: Apache-2.0
// The kernel clock's rates: frequency, tick, adjtime's single shot, and forecasts over them.
#include <algorithm>

#include <gtest/gtest.h>

#include "sim/kernel_clock.hpp"
#include "sim/random.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

constexpr RawTime kRawAtStart{3600s};
constexpr WallTime kWallAtStart{1'767'225'600s};

class KernelSlewTest : public testing::Test {
 protected:
  KernelSlewTest() {
    clock_.on_rate([this] { ++rate_changes_; });
  }
  void pass(Nanos time) { clock_.advance_to(clock_.raw() + time); }
  // What WALL and MONO have gained over RAW since the start.
  [[nodiscard]] Nanos wall_gain() const {
    return (clock_.wall() - kWallAtStart) - (clock_.raw() - kRawAtStart);
  }
  [[nodiscard]] Nanos mono_gain() const {
    return clock_.mono().since_epoch - (clock_.raw() - kRawAtStart);
  }

  KernelClock clock_{kRawAtStart, kWallAtStart};
  int rate_changes_ = 0;
};

TEST_F(KernelSlewTest, FrequencyMovesWallAndMonoTogether) {
  clock_.set_frequency(Ppm{100});
  pass(1000s);
  EXPECT_EQ(wall_gain(), 100ms);
  EXPECT_EQ(mono_gain(), 100ms);
  clock_.set_frequency(Ppm{-500});
  pass(1000s);
  EXPECT_EQ(wall_gain(), -400ms);
  EXPECT_EQ(mono_gain(), -400ms);
}

TEST_F(KernelSlewTest, FrequencyIsClampedAndRoundedAsTheKernelDoes) {
  clock_.set_frequency(Ppm{501});
  EXPECT_EQ(clock_.frequency(), Ppm{500});
  clock_.set_frequency(Ppm{-1e9});
  EXPECT_EQ(clock_.frequency(), Ppm{-500});
  clock_.set_frequency(Ppm{1.0 / 65'536 * 2.6});
  EXPECT_EQ(clock_.frequency(), Ppm{3.0 / 65'536});
}

TEST_F(KernelSlewTest, TickIsWorthAHundredPpmEach) {
  ASSERT_TRUE(clock_.set_tick(10'001));
  pass(100s);
  EXPECT_EQ(wall_gain(), 10ms);
  ASSERT_TRUE(clock_.set_tick(9'000));
  pass(100s);
  EXPECT_EQ(wall_gain(), 10ms - 10s);
  ASSERT_TRUE(clock_.set_tick(11'000));
  EXPECT_EQ(clock_.rate(), Ppm{100'000});
}

TEST_F(KernelSlewTest, TickOutsideItsRangeIsRefused) {
  for (const int tick : {8'999, 11'001, 0, -1}) {
    const auto set = clock_.set_tick(tick);
    ASSERT_FALSE(set) << tick;
    EXPECT_EQ(set.error().code(), ErrorCode::invalid);
  }
  EXPECT_EQ(clock_.tick(), kTickNominal);
  EXPECT_EQ(rate_changes_, 0);
}

TEST_F(KernelSlewTest, SingleshotMovesFiveMillisecondsInTenSecondsAndStops) {
  ASSERT_TRUE(clock_.start_singleshot(5ms));
  EXPECT_EQ(clock_.rate(), Ppm{500});
  pass(4s);
  EXPECT_EQ(wall_gain(), 2ms);
  EXPECT_EQ(clock_.singleshot_remaining(), 3ms);
  pass(6s);
  EXPECT_EQ(wall_gain(), 5ms);
  EXPECT_EQ(clock_.singleshot_remaining(), 0s);
  EXPECT_EQ(clock_.rate(), Ppm{0});
  pass(1000s);
  EXPECT_EQ(wall_gain(), 5ms);
  EXPECT_EQ(mono_gain(), 5ms);
}

TEST_F(KernelSlewTest, SingleshotStopsExactlyInTheMiddleOfAnAdvance) {
  ASSERT_TRUE(clock_.start_singleshot(-1500us));
  pass(1h);
  EXPECT_EQ(wall_gain(), -1500us);
}

TEST_F(KernelSlewTest, SingleshotAddsToTheFrequency) {
  clock_.set_frequency(Ppm{-100});
  ASSERT_TRUE(clock_.start_singleshot(-5ms));
  EXPECT_EQ(clock_.rate(), Ppm{-600});
  pass(20s);
  EXPECT_EQ(wall_gain(), -7ms);
}

TEST_F(KernelSlewTest, SingleshotReplacesTheOneInProgressAndZeroCancels) {
  ASSERT_TRUE(clock_.start_singleshot(1s));
  pass(2s);
  ASSERT_TRUE(clock_.start_singleshot(-1ms));
  EXPECT_EQ(clock_.singleshot_remaining(), -1ms);
  pass(1s);
  EXPECT_EQ(wall_gain(), 1ms - 500us);
  ASSERT_TRUE(clock_.start_singleshot(0s));
  EXPECT_EQ(clock_.singleshot_remaining(), 0s);
  pass(100s);
  EXPECT_EQ(wall_gain(), 500us);
}

TEST_F(KernelSlewTest, SingleshotCountsWholeMicroseconds) {
  ASSERT_TRUE(clock_.start_singleshot(-1'999ns));
  EXPECT_EQ(clock_.singleshot_remaining(), -1us);
}

TEST_F(KernelSlewTest, SingleshotBeyondWhatAdjtimeTakesIsRefused) {
  ASSERT_TRUE(clock_.start_singleshot(7ms));
  const auto refused = clock_.start_singleshot(2146s);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid);
  EXPECT_EQ(clock_.singleshot_remaining(), 7ms);
  EXPECT_TRUE(clock_.start_singleshot(-2145s));
}

TEST_F(KernelSlewTest, AStepCancelsTheSingleshot) {
  ASSERT_TRUE(clock_.start_singleshot(1s));
  pass(10s);
  clock_.step(1s);
  EXPECT_EQ(clock_.singleshot_remaining(), 0s);
  pass(10s);
  EXPECT_EQ(wall_gain(), 1s + 5ms);
  EXPECT_EQ(mono_gain(), 5ms);
}

TEST_F(KernelSlewTest, DoesNotDependOnHowTimeIsCut) {
  const auto play = [](const std::function<void(KernelClock&, Nanos)>& pass) {
    KernelClock clock(kRawAtStart, kWallAtStart);
    clock.set_frequency(Ppm{-123.456});
    pass(clock, 1000s);
    EXPECT_TRUE(clock.start_singleshot(33'333us));
    pass(clock, 50s);
    EXPECT_TRUE(clock.set_tick(10'777));
    pass(clock, 500s);
    return clock.wall();
  };
  Random cuts(11, "cuts");
  const WallTime whole =
      play([](KernelClock& clock, Nanos time) { clock.advance_to(clock.raw() + time); });
  const WallTime in_pieces = play([&cuts](KernelClock& clock, Nanos time) {
    const RawTime end = clock.raw() + time;
    while (clock.raw() < end) {
      const auto piece = static_cast<std::int64_t>(cuts.next() % 700'000'000);
      clock.advance_to(std::min(end, clock.raw() + Nanos{piece}));
    }
  });
  EXPECT_EQ(whole, in_pieces);
}

TEST_F(KernelSlewTest, NeverRunsBackwardsAtAnyRate) {
  ASSERT_TRUE(clock_.set_tick(kTickLowest));
  clock_.set_frequency(Ppm{-500});
  ASSERT_TRUE(clock_.start_singleshot(-2000s));
  WallTime last = clock_.wall();
  for (int i = 0; i < 10'000; ++i) {
    pass(1ns);
    ASSERT_GE(clock_.wall(), last);
    last = clock_.wall();
  }
}

TEST_F(KernelSlewTest, ForecastsTheMomentThatMonoThenReaches) {
  Random random(12, "forecast");
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(clock_.set_tick(9'000 + static_cast<int>(random.next() % 2001)));
    clock_.set_frequency(Ppm{random.uniform() * 1000 - 500});
    ASSERT_TRUE(clock_.start_singleshot(
        Nanos{static_cast<std::int64_t>(random.next() % 20'000'000)} - 10ms));
    const MonoTime target =
        clock_.mono() + Nanos{static_cast<std::int64_t>(random.next() % 64'000'000'000)} + 2ns;
    const RawTime when = clock_.raw_when(target);
    clock_.advance_to(when - 1ns);
    EXPECT_LT(clock_.mono(), target) << i;
    clock_.advance_to(when);
    EXPECT_GE(clock_.mono(), target) << i;
  }
}

TEST_F(KernelSlewTest, ForecastsThePresentForWhatIsPast) {
  pass(10s);
  EXPECT_EQ(clock_.raw_when(clock_.mono()), clock_.raw());
  EXPECT_EQ(clock_.raw_when(clock_.mono() - 5s), clock_.raw());
}

TEST_F(KernelSlewTest, TellsTheListenerOfEachChangeOfRate) {
  clock_.set_frequency(Ppm{1});
  ASSERT_TRUE(clock_.set_tick(10'010));
  ASSERT_TRUE(clock_.start_singleshot(1s));
  EXPECT_EQ(rate_changes_, 3);
  clock_.step(1s);  // ends the single shot
  EXPECT_EQ(rate_changes_, 4);
  clock_.step(1s);
  EXPECT_EQ(rate_changes_, 4);
}

}  // namespace
}  // namespace slewd::sim
