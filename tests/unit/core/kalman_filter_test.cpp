#include "agent/core/kalman_filter.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

Sample sample_at(Nanos raw, Nanos phase) {
  Sample sample;
  sample.at = RawTime{raw};
  sample.phase = phase;
  return sample;
}

TEST(KalmanFilter, FindsPhaseAndFrequencyOfANoisyClock) {
  const std::uint64_t seed = 3;
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(0, 100e-6);
  const double frequency = 40e-6;
  KalmanFilter filter(1e-9);
  filter.start(sample_at(0s, 5ms), 1e-8, 0, 100e-6);
  for (int i = 1; i <= 100; ++i) {
    const double t = 64.0 * i;
    filter.update(sample_at(from_seconds(t), 5ms + from_seconds(frequency * t + noise(random))),
                  1e-8);
  }
  const Estimate end = filter.predict(RawTime{6400s});
  EXPECT_NEAR(end.frequency, frequency, 4 * std::sqrt(end.var_frequency)) << "seed " << seed;
  EXPECT_NEAR(to_seconds(end.phase), 5e-3 + frequency * 6400, 4 * std::sqrt(end.var_phase))
      << "seed " << seed;
  EXPECT_LT(std::sqrt(end.var_phase), 100e-6);
}

TEST(KalmanFilter, UncertaintyGrowsWhileNobodyMeasures) {
  KalmanFilter filter(1e-8);
  filter.start(sample_at(0s, 0s), 1e-8, 0, 1e-6);
  EXPECT_LT(filter.predict(RawTime{10s}).var_phase, filter.predict(RawTime{100s}).var_phase);
  EXPECT_LT(filter.predict(RawTime{10s}).var_frequency,
            filter.predict(RawTime{100s}).var_frequency);
}

TEST(KalmanFilter, AFreeRunOfLengthHAtWanderWErrsByWTimesHToThreeHalvesOverRootThree) {
  KalmanFilter filter(1e-8);
  filter.start(sample_at(0s, 0s), 0, 0, 0);
  EXPECT_NEAR(std::sqrt(filter.predict(RawTime{3600s}).var_phase),
              1e-8 * std::pow(3600.0, 1.5) / std::sqrt(3.0), 1e-9);
}

TEST(KalmanFilter, APreciseSampleMovesItMoreThanAVagueOne) {
  KalmanFilter precise(1e-8);
  KalmanFilter vague(1e-8);
  precise.start(sample_at(0s, 0s), 1e-8, 0, 1e-6);
  vague.start(sample_at(0s, 0s), 1e-8, 0, 1e-6);
  precise.update(sample_at(64s, 1ms), 1e-10);
  vague.update(sample_at(64s, 1ms), 1e-4);
  EXPECT_GT(precise.predict(RawTime{64s}).phase, vague.predict(RawTime{64s}).phase);
}

}  // namespace
}  // namespace slewd::core
