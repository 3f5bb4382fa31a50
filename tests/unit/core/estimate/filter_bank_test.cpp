// SPDX-License-Identifier: Apache-2.0
// The bank against made-up worlds: each states what its packets suffer, and what must be seen
// through. Random numbers come from a fixed seed, which a failure prints.
#include "agent/core/estimate/filter_bank.hpp"

#include <cmath>
#include <functional>
#include <random>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kSeed = 20260101;

struct Path {
  PathId id = 0;
  double up = 50e-6;  // mean queueing delays, s
  double down = 50e-6;
  double error = 0;   // constant, s
  double detour = 0;  // a longer way back, s
};

class World {
 public:
  World(double wander, double frequency) : wander_(wander), frequency_(frequency) {}

  // Lets `seconds` pass, then has every path measured once.
  void poll(int seconds, const std::vector<Path>& paths) {
    for (int i = 0; i < seconds; ++i) {
      frequency_ += wander_ * normal_(random_);
      phase_ += frequency_;
    }
    now_ += Nanos(std::chrono::seconds(seconds));
    for (const Path& path : paths) measure(path);
  }
  void leap(double frequency) { frequency_ += frequency; }
  void pause(double seconds) { phase_ += seconds; }
  // How far the newest sample of the first path was from where it was foretold, s.
  [[nodiscard]] double surprise() const { return surprise_; }
  [[nodiscard]] double error() const {
    return std::abs(to_seconds(bank.estimate(now_).phase) - phase_);
  }

  FilterBank bank;
  std::function<void(const Sample&)> moved;  // called once, before the next sample is added

 private:
  void measure(const Path& path) {
    const double up = path.up * exponential_(random_);
    const double down = path.down * exponential_(random_);
    Sample sample;
    sample.at = now_;
    sample.phase = from_seconds(phase_ + (up - down - path.detour) / 2 + path.error);
    sample.delay = from_seconds(200e-6 + up + down + path.detour);
    if (models_.size() <= path.id) models_.resize(path.id + 1);
    const DelayNoise noise = models_[path.id].add(sample);
    if (!bank.started()) {
      bank.start({.at = now_, .phase = sample.phase, .var_frequency = 1e-8});
    }
    if (path.id == 0) surprise_ = bank.foresee(path.id, sample, noise).residual;
    if (moved) moved(sample);
    moved = nullptr;
    bank.add(path.id, sample, noise);
  }

  double wander_;
  double frequency_;
  double phase_ = 0;
  double surprise_ = 0;
  RawTime now_;
  std::vector<DelayModel> models_;
  std::mt19937 random_{kSeed};
  std::normal_distribution<double> normal_;
  std::exponential_distribution<double> exponential_;
};

double rms_over(World& world, int polls, const std::vector<Path>& paths, int seconds = 64) {
  double sum = 0;
  for (int i = 0; i < polls; ++i) {
    world.poll(seconds, paths);
    sum += world.error() * world.error();
  }
  return std::sqrt(sum / polls);
}

class FilterBankTest : public testing::Test {
 protected:
  FilterBankTest() { RecordProperty("seed", static_cast<int>(kSeed)); }
};

TEST_F(FilterBankTest, FindsTheWanderOfTheOscillator) {
  for (const double wander : {1e-9, 1e-8, 1e-7}) {
    World world(wander, 10e-6);
    (void)rms_over(world, 500, {{}});
    EXPECT_GT(world.bank.wander(), wander / 4) << "seed " << kSeed;
    EXPECT_LT(world.bank.wander(), wander * 4) << "seed " << kSeed;
  }
}

TEST_F(FilterBankTest, FourServersCountForFour) {
  World one(1e-9, 10e-6);
  World four(1e-9, 10e-6);
  const std::vector<Path> all{{.id = 0}, {.id = 1}, {.id = 2}, {.id = 3}};
  (void)rms_over(one, 200, {{}});
  (void)rms_over(four, 200, all);
  EXPECT_LT(rms_over(four, 500, all), 0.7 * rms_over(one, 500, {{}})) << "seed " << kSeed;
}

TEST_F(FilterBankTest, SeesThroughAPathThatQueuesInOneDirectionOnly) {
  World world(1e-9, 10e-6);
  const std::vector<Path> skewed{{.up = 0.1e-3, .down = 5e-3}};
  (void)rms_over(world, 300, skewed);
  // A filter that takes the error for symmetric is off by hundreds of microseconds here.
  EXPECT_LT(rms_over(world, 500, skewed), 150e-6) << "seed " << kSeed;
}

TEST_F(FilterBankTest, APathsConstantErrorDoesNotPullTheOthers) {
  World world(1e-9, 10e-6);
  const std::vector<Path> paths{{.id = 0}, {.id = 1}, {.id = 2}, {.id = 3, .error = 40e-6}};
  (void)rms_over(world, 300, paths);
  EXPECT_LT(rms_over(world, 300, paths), 20e-6) << "seed " << kSeed;
}

// 0.8 ms is four deviations of what 100 ppm may have done in two seconds.
TEST_F(FilterBankTest, TheFirstAnswerOfANewSourceSaysNothingOfTheFrequency) {
  for (const bool others : {false, true}) {
    World world(1e-9, 0);
    std::vector<Path> known{{.id = 0}};
    if (others) known.push_back({.id = 2});
    world.poll(0, known);
    world.poll(2, {{.id = 1, .error = 0.8e-3}});
    EXPECT_NEAR(world.bank.estimate(RawTime{}).frequency, 0, 30e-6) << others;
    for (int i = 0; i < 20; ++i) world.poll(2, {{.id = 0}, {.id = 1, .error = 0.8e-3}, {.id = 2}});
    EXPECT_LT(world.error(), 0.15e-3) << others;
  }
}

TEST_F(FilterBankTest, FollowsALeapOfTheFrequencyWithinAFewSamples) {
  World world(1e-10, 10e-6);
  (void)rms_over(world, 300, {{}});
  world.leap(5e-6);
  (void)rms_over(world, 8, {{}});
  EXPECT_LT(world.error(), 100e-6) << "seed " << kSeed;
  EXPECT_GT(world.bank.wander_to_expect(), 10 * 1e-10);
}

TEST_F(FilterBankTest, KnowsHowUncertainItIs) {
  World world(1e-8, 10e-6);
  (void)rms_over(world, 200, {{}});
  int outside = 0;
  for (int i = 0; i < 1000; ++i) {
    world.poll(64, {{}});
    const Estimate now = world.bank.estimate(RawTime{});
    if (world.error() > 4 * std::sqrt(now.var_phase)) ++outside;
  }
  EXPECT_LE(outside, 1) << "seed " << kSeed;
}

TEST_F(FilterBankTest, APathThatIsForgottenLeavesTheOthersAsTheyAre) {
  World world(1e-9, 10e-6);
  (void)rms_over(world, 200, {{.id = 0}, {.id = 1}, {.id = 2}});
  const double before = world.error();
  world.bank.forget(1);
  EXPECT_DOUBLE_EQ(world.error(), before);
  EXPECT_LT(rms_over(world, 200, {{.id = 0}, {.id = 2}}), 20e-6) << "seed " << kSeed;
}

TEST_F(FilterBankTest, ASurpriseThatIsNotFollowedAtOnceIsAdmitted) {
  World world(1e-10, 10e-6);
  (void)rms_over(world, 300, {{}});
  world.leap(50e-6);
  for (int i = 0; i < 5; ++i) {
    world.poll(64, {{}});
    const Estimate now = world.bank.estimate(RawTime{});
    const double admitted = to_seconds(world.bank.unexplained()) + 4 * std::sqrt(now.var_phase);
    EXPECT_LT(world.error(), admitted + 250e-6) << "sample " << i << ", seed " << kSeed;
  }
}

TEST_F(FilterBankTest, AfterASuspendThePhaseIsShiftedAndVague) {
  World world(1e-9, 10e-6);
  (void)rms_over(world, 100, {{}});
  const Estimate before = world.bank.estimate(RawTime{});
  world.bank.shift(1h, 1.0);
  const Estimate after = world.bank.estimate(RawTime{});
  EXPECT_EQ(after.phase - before.phase, 1h);
  EXPECT_GT(std::sqrt(after.var_phase), 0.99);
  EXPECT_DOUBLE_EQ(after.frequency, before.frequency);
}

TEST_F(FilterBankTest, BeginsAgainAtANewPhaseAndKeepsItsFrequency) {
  World world(1e-9, 10e-6);
  (void)rms_over(world, 200, {{}});
  Estimate moved = world.bank.estimate(RawTime{});
  moved.phase += 3s;
  world.bank.start(moved);
  EXPECT_NEAR(world.bank.estimate(RawTime{}).frequency, 10e-6, 0.5e-6);
  EXPECT_EQ(world.bank.estimate(RawTime{}).phase, moved.phase);
}

// A local server, asked each 64 s, and quickly once the first sample has surprised.
World surprised_by_the_clock(double leap, double pause) {
  World world(1e-9, 10e-6);
  (void)rms_over(world, 300, {{}});
  world.leap(leap);
  world.pause(pause);
  world.moved = [&](const Sample&) { world.bank.clock_moved(world.surprise(), 64); };
  world.poll(64, {{}});
  for (int i = 0; i < 6; ++i) world.poll(2, {{}});
  world.moved = nullptr;
  return world;
}

TEST_F(FilterBankTest, ALeapOf100PpmIsLearnedWithinSomeQuickSamples) {
  const World world = surprised_by_the_clock(100e-6, 0);
  const Estimate now = world.bank.estimate(RawTime{});
  EXPECT_NEAR(now.frequency, 110e-6, 20e-6) << "seed " << kSeed;
  EXPECT_LT(world.error(), 200e-6) << "seed " << kSeed;
}

TEST_F(FilterBankTest, APauseOf100MsKeepsTheFrequency) {
  const World world = surprised_by_the_clock(0, 100e-3);
  const Estimate now = world.bank.estimate(RawTime{});
  EXPECT_NEAR(now.frequency, 10e-6, 1e-6) << "seed " << kSeed;
  EXPECT_LT(std::sqrt(now.var_frequency), 5e-6) << "seed " << kSeed;
  EXPECT_LT(world.error(), 200e-6) << "seed " << kSeed;
}

// A variance of days would leave nothing of the others but rounding.
TEST_F(FilterBankTest, ASourceThatIsDaysOffLeavesWhatIsKnownAsItIs) {
  for (const double apart : {-518'400.0, 3600.0, 518'400.0, 86'400.0 * 400}) {
    World world(1e-9, 10e-6);
    (void)rms_over(world, 300, {{}});
    for (int i = 0; i < 50; ++i) {
      world.poll(64, {{}, {.id = 1, .error = apart}});
      const Estimate now = world.bank.estimate(RawTime{});
      ASSERT_GT(now.var_phase, 0) << apart;
      ASSERT_LT(now.covariance * now.covariance, now.var_phase * now.var_frequency) << apart;
      ASSERT_LT(world.error(), 500e-6) << apart << " s, seed " << kSeed;
    }
  }
}

TEST_F(FilterBankTest, ASourceThatWasDaysOffIsBelievedAtOnceWhenTheBankBeginsAnewAtItsTime) {
  World world(1e-9, 10e-6);
  const Path other{.id = 1, .error = 518'400};
  (void)rms_over(world, 300, {{}});
  for (int i = 0; i < 5; ++i) world.poll(64, {{}, other});
  Estimate its = world.bank.estimate(RawTime{});
  its.phase += from_seconds(other.error);
  world.bank.start(its);
  world.poll(64, {other});
  EXPECT_NEAR(world.error(), other.error, 500e-6) << "seed " << kSeed;
}

TEST_F(FilterBankTest, AClockThatWasSetByDaysIsKnownAgainAtOnce) {
  World world(1e-9, 10e-6);
  (void)rms_over(world, 300, {{}});
  world.pause(518'400);
  world.moved = [&](const Sample&) { world.bank.clock_moved(world.surprise(), 64); };
  for (int i = 0; i < 3; ++i) world.poll(64, {{}});
  EXPECT_LT(world.error(), 200e-6) << "seed " << kSeed;
}

TEST_F(FilterBankTest, AMoveThatIsLargeForAnOscillatorLeavesTheFrequencyAtOnce) {
  World world(1e-9, 10e-6);
  (void)rms_over(world, 300, {{}});
  world.pause(12.8e-3);  // 200 ppm for 64 s
  world.moved = [&](const Sample&) { world.bank.clock_moved(world.surprise(), 64); };
  world.poll(64, {{}});
  EXPECT_NEAR(world.bank.estimate(RawTime{}).frequency, 10e-6, 15e-6) << "seed " << kSeed;
}

TEST_F(FilterBankTest, AfterALeapOf1000PpmItBeginsAtTheFrequencyThatWasSeen) {
  World world(1e-9, 10e-6);
  (void)rms_over(world, 300, {{}});
  world.leap(1000e-6);
  for (int i = 0; i < 5; ++i) world.poll(2, {{}});
  world.moved = [&](const Sample&) { world.bank.oscillator_moved(990e-6, 20e-6); };
  for (int i = 0; i < 20; ++i) world.poll(2, {{}});
  EXPECT_NEAR(world.bank.estimate(RawTime{}).frequency, 1010e-6, 10e-6) << "seed " << kSeed;
  EXPECT_LT(world.error(), 200e-6) << "seed " << kSeed;
}

TEST_F(FilterBankTest, ForeseesASampleWithoutTakingIt) {
  World world(1e-9, 10e-6);
  (void)rms_over(world, 300, {{}});
  const Estimate before = world.bank.estimate(RawTime{});
  Sample sample;
  sample.at = before.at + Nanos(64s);
  sample.phase = before.phase_at(sample.at) + 20ms;
  sample.delay = 300us;
  const DelayNoise noise{.minimum = 200us, .excess = 100us, .typical = 100us, .floor = 2e-6};
  const Surprise seen = world.bank.foresee(0, sample, noise);
  EXPECT_NEAR(seen.residual, 20e-3, 100e-6);
  EXPECT_LT(seen.sd, 100e-6);
  EXPECT_LE(seen.noise, seen.sd);
  EXPECT_DOUBLE_EQ(seen.interval, 64);
  const Surprise stranger = world.bank.foresee(7, sample, noise);
  EXPECT_NEAR(stranger.residual, 20e-3, 100e-6);
  const Estimate after = world.bank.estimate(RawTime{});
  EXPECT_EQ(after.phase, before.phase);
  EXPECT_DOUBLE_EQ(after.var_phase, before.var_phase);
}

TEST_F(FilterBankTest, ALongerRouteIsOffByItself) {
  World world(1e-10, 10e-6);
  (void)rms_over(world, 300, {{}});
  EXPECT_LT(rms_over(world, 60, {{.detour = 6e-3}}), 150e-6) << "seed " << kSeed;
}

TEST_F(FilterBankTest, TheRouteThatWasLeftIsKnownWhenItComesBack) {
  World world(1e-10, 10e-6);
  const std::vector<Path> usual{{}};
  const std::vector<Path> detour{{.detour = 6e-3}};
  (void)rms_over(world, 300, usual);
  for (int round = 0; round < 5; ++round) {
    (void)rms_over(world, 30, detour);
    world.poll(64, usual);
    EXPECT_LT(std::abs(world.surprise()), 300e-6) << "round " << round << ", seed " << kSeed;
    EXPECT_LT(rms_over(world, 30, usual), 100e-6) << "round " << round << ", seed " << kSeed;
  }
}

TEST_F(FilterBankTest, AShorterRouteShowsWhatTheLongOneWasOff) {
  World world(1e-10, 10e-6);
  (void)rms_over(world, 300, {{.detour = 6e-3}});
  EXPECT_GT(world.error(), 2.5e-3) << "no statistics of one path can show it";
  world.poll(64, {{}});
  EXPECT_LT(rms_over(world, 60, {{}}), 300e-6) << "seed " << kSeed;
}

TEST_F(FilterBankTest, OfOneServerItKeepsAsManyRoutesAsThereMayBe) {
  World world(1e-10, 10e-6);
  (void)rms_over(world, 100, {{}});
  for (int route = 1; route < 12; ++route) (void)rms_over(world, 20, {{.detour = route * 3e-3}});
  Sample sample;
  sample.at = world.bank.known_at();
  sample.delay = 300us;
  const DelayNoise noise{.minimum = 200us, .excess = 100us, .typical = 100us, .floor = 2e-6};
  EXPECT_DOUBLE_EQ(world.bank.foresee(0, sample, noise).sd, world.bank.foresee(7, sample, noise).sd)
      << "the first route is as strange as another server";
  EXPECT_LT(rms_over(world, 60, {{}}), 300e-6) << "seed " << kSeed;
}

TEST_F(FilterBankTest, ASourceThatHasMovedDoesNotPullTheOthers) {
  World world(1e-9, 10e-6);
  std::vector<Path> paths{{.id = 0}, {.id = 1}, {.id = 2}};
  (void)rms_over(world, 200, paths);
  paths[0].error = 5e-3;
  world.moved = [&](const Sample&) { world.bank.source_moved(0, world.surprise()); };
  EXPECT_LT(rms_over(world, 60, paths), 50e-6) << "seed " << kSeed;
  EXPECT_LT(std::abs(world.surprise()), 300e-6) << "by now it is known to be off";
  paths[0].error = 0;
  world.moved = [&](const Sample&) { world.bank.source_moved(0, world.surprise()); };
  EXPECT_LT(rms_over(world, 60, paths), 50e-6) << "seed " << kSeed;
}

// Gaps of weeks between samples lose all digits of a covariance. Whatever happens to the numbers,
// what is published is a number, or the bank says that it has to start again.
TEST(FilterBankNumbers, NeverRunAwayUnnoticed) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> gap(0, 5e6);
    std::normal_distribution<double> noise(0, 1e-3);
    FilterBank bank;
    RawTime at;
    for (int i = 0; i < 60; ++i) {
      at += from_seconds(gap(random));
      Sample sample;
      sample.at = at;
      sample.phase = from_seconds(noise(random));
      sample.delay = 1ms;
      if (!bank.started()) bank.start({.at = at, .phase = sample.phase, .var_frequency = 1e-8});
      bank.add(static_cast<PathId>(i % 3), sample, {.minimum = 1ms, .floor = 1e-6});
      if (!bank.started()) continue;
      const Estimate now = bank.estimate(at);
      ASSERT_TRUE(std::isfinite(now.var_phase) && std::isfinite(now.frequency)) << "seed " << seed;
      ASSERT_GE(now.var_phase, 0) << "seed " << seed;
      ASSERT_GE(now.var_frequency, 0) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace slewd::core
