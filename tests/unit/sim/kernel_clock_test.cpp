// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel_clock.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

constexpr RawTime kRaw{3600s};
constexpr WallTime kWall{1'767'225'600s};  // 2026-01-01T00:00:00 UTC
constexpr MonoTime kMono{1800s};

class KernelClockTest : public testing::Test {
 protected:
  KernelClockTest() {
    clock_.on_set([this](SetKind kind, Nanos by) { sets_.emplace_back(kind, by); });
    clock_.on_rate([this] { ++rate_changes_; });
  }
  void pass(Nanos time) { clock_.advance_to(clock_.raw() + time); }
  // As a daemon leaves it after an update.
  void synchronise(Nanos max_error) {
    clock_.set_status(0);
    clock_.set_max_error(max_error);
    clock_.set_estimated_error(max_error);
  }

  KernelClock clock_{kRaw, kWall, kMono};
  std::vector<std::pair<SetKind, Nanos>> sets_;
  int rate_changes_ = 0;
};

TEST_F(KernelClockTest, BootsUnsynchronisedAtNominalRate) {
  EXPECT_TRUE(clock_.unsynchronized());
  EXPECT_EQ(clock_.max_error(), 16s);
  EXPECT_EQ(clock_.estimated_error(), 16s);
  EXPECT_EQ(clock_.rate(), Ppm{0});
  pass(100s);
  EXPECT_EQ(clock_.raw(), kRaw + 100s);
  EXPECT_EQ(clock_.mono(), kMono + 100s);
  EXPECT_EQ(clock_.wall(), kWall + 100s);
  EXPECT_EQ(clock_.boot(), BootTime{kMono.since_epoch} + 100s);
}

TEST_F(KernelClockTest, IgnoresRawTimeThatGoesBack) {
  pass(10s);
  clock_.advance_to(kRaw + 5s);
  EXPECT_EQ(clock_.raw(), kRaw + 10s);
  EXPECT_EQ(clock_.mono(), kMono + 10s);
}

TEST_F(KernelClockTest, AStepMovesTheWallAlone) {
  pass(1s);
  const MonoTime mono = clock_.mono();
  const BootTime boot = clock_.boot();
  clock_.step(-11s);
  EXPECT_EQ(clock_.wall(), kWall + 1s - 11s);
  EXPECT_EQ(clock_.mono(), mono);
  EXPECT_EQ(clock_.boot(), boot);
  EXPECT_EQ(clock_.raw(), kRaw + 1s);
}

TEST_F(KernelClockTest, AStepSaysUnsyncAndPutsTheErrorsAtTheirLimit) {
  synchronise(1ms);
  ASSERT_FALSE(clock_.unsynchronized());
  clock_.step(1ns);
  EXPECT_TRUE(clock_.unsynchronized());
  EXPECT_EQ(clock_.max_error(), 16s);
  EXPECT_EQ(clock_.estimated_error(), 16s);
}

TEST_F(KernelClockTest, AStepKeepsFrequencyAndTick) {
  clock_.set_frequency(Ppm{100});
  ASSERT_TRUE(clock_.set_tick(10'001));
  clock_.step(5s);
  EXPECT_EQ(clock_.frequency(), Ppm{100});
  EXPECT_EQ(clock_.tick(), 10'001);
}

TEST_F(KernelClockTest, SettingTheWallIsAStepOfTheDifference) {
  pass(500ms);
  clock_.set_wall(kWall);
  EXPECT_EQ(clock_.wall(), kWall);
  ASSERT_EQ(sets_.size(), 1U);
  EXPECT_EQ(sets_[0], (std::pair<SetKind, Nanos>{SetKind::step, -500ms}));
}

TEST_F(KernelClockTest, TellsTheListenerOfEachSetAndOfNoSlew) {
  clock_.set_frequency(Ppm{300});
  ASSERT_TRUE(clock_.set_tick(9'500));
  ASSERT_TRUE(clock_.start_singleshot(5ms));
  pass(100s);
  EXPECT_TRUE(sets_.empty());
  clock_.step(-250ms);
  clock_.step(1h);
  const std::vector<std::pair<SetKind, Nanos>> expected{{SetKind::step, -250ms},
                                                        {SetKind::step, 1h}};
  EXPECT_EQ(sets_, expected);
}

TEST_F(KernelClockTest, MaxErrorGrowsByFiveHundredPpm) {
  synchronise(2ms);
  pass(100s);
  EXPECT_EQ(clock_.max_error(), 52ms);
  EXPECT_EQ(clock_.estimated_error(), 2ms);
  EXPECT_FALSE(clock_.unsynchronized());
}

TEST_F(KernelClockTest, SaysUnsyncByItselfWhenMaxErrorReachesSixteenSeconds) {
  synchronise(1s);
  pass(29'999s);
  EXPECT_FALSE(clock_.unsynchronized());
  pass(1s);
  EXPECT_TRUE(clock_.unsynchronized());
  EXPECT_EQ(clock_.max_error(), 16s);
  pass(1000s);
  EXPECT_EQ(clock_.max_error(), 16s);
}

TEST_F(KernelClockTest, SaysUnsyncAgainWhenOnlyTheFlagWasCleared) {
  clock_.set_status(0);
  EXPECT_FALSE(clock_.unsynchronized());
  pass(1s);
  EXPECT_TRUE(clock_.unsynchronized());
}

TEST_F(KernelClockTest, ResumeMovesBootAndWallButNotMono) {
  synchronise(1ms);
  pass(10s);
  clock_.resume_after(8h, -300ms);
  EXPECT_EQ(clock_.mono(), kMono + 10s);
  EXPECT_EQ(clock_.raw(), kRaw + 10s);
  EXPECT_EQ(clock_.boot(), BootTime{kMono.since_epoch} + 10s + 8h);
  EXPECT_EQ(clock_.wall(), kWall + 10s + 8h - 300ms);
  EXPECT_TRUE(clock_.unsynchronized());
  ASSERT_EQ(sets_.size(), 1U);
  EXPECT_EQ(sets_[0], (std::pair<SetKind, Nanos>{SetKind::resume, 8h - 300ms}));
}

TEST_F(KernelClockTest, InsertsALeapSecondAtTheEndOfTheUtcDay) {
  synchronise(1ms);
  clock_.set_status(kStatusInsert);
  pass(24h - 1ns);
  EXPECT_TRUE(sets_.empty());
  pass(1ns);
  EXPECT_EQ(clock_.wall(), kWall + 24h - 1s);
  EXPECT_EQ(clock_.mono(), kMono + 24h);
  EXPECT_EQ(clock_.tai_offset(), 1);
  EXPECT_FALSE(clock_.max_error() < 16s);  // a day without an update
  ASSERT_EQ(sets_.size(), 1U);
  EXPECT_EQ(sets_[0], (std::pair<SetKind, Nanos>{SetKind::leap, -1s}));
}

TEST_F(KernelClockTest, ALeapSecondDoesNotSayUnsync) {
  pass(23h + 59min);
  synchronise(1ms);
  clock_.set_status(kStatusInsert);
  pass(2min);
  ASSERT_EQ(sets_.size(), 1U);
  EXPECT_FALSE(clock_.unsynchronized());
}

TEST_F(KernelClockTest, ALeapSecondActsOnceUntilItsFlagIsCleared) {
  clock_.set_status(kStatusInsert);
  pass(73h);
  EXPECT_EQ(sets_.size(), 1U);
  clock_.set_status(0);
  pass(24h);
  EXPECT_EQ(sets_.size(), 1U);
  clock_.set_status(kStatusInsert);
  pass(24h);
  EXPECT_EQ(sets_.size(), 2U);
}

TEST_F(KernelClockTest, DeletesTheLastSecondOfTheUtcDay) {
  clock_.set_status(kStatusDelete);
  pass(24h - 1s);
  EXPECT_EQ(clock_.wall(), kWall + 24h);
  EXPECT_EQ(clock_.tai_offset(), -1);
  ASSERT_EQ(sets_.size(), 1U);
  EXPECT_EQ(sets_[0], (std::pair<SetKind, Nanos>{SetKind::leap, 1s}));
}

TEST_F(KernelClockTest, KnowsNoLeapSecondWithoutTheFlag) {
  pass(48h);
  EXPECT_TRUE(sets_.empty());
}

}  // namespace
}  // namespace slewd::sim
