// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/spike_judge.hpp"

#include <random>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

class SpikeBench {
 public:
  explicit SpikeBench(std::size_t sources, Nanos poll = 16s) : sources_(sources), poll_(poll) {}

  PhaseEvent say(Nanos residual) {
    now_ += poll_;
    const PhaseEvent event = judge.judge(phase, {.estimate = {},
                                                 .residual = residual,
                                                 .sd = 100e-6,
                                                 .sources = sources_,
                                                 .at = now_,
                                                 .poll_interval = poll_});
    phase = next_phase(phase, event);
    return event;
  }
  [[nodiscard]] Nanos elapsed() const { return now_.since_epoch; }

  SpikeJudge judge{PhaseConfig{}};
  Phase phase = Phase::sync;

 private:
  std::size_t sources_;
  Nanos poll_;
  MonoTime now_;
};

TEST(SpikeJudge, TheThresholdIsTheFloorOrEightDeviationsButNeverAboveTheLargeOffset) {
  const SpikeJudge judge{PhaseConfig{}};
  EXPECT_EQ(judge.threshold(1e-3), 128ms);
  EXPECT_EQ(judge.threshold(50e-3), 400ms);
  EXPECT_EQ(judge.threshold(10), 5s);
}

TEST(SpikeJudge, OneFarSampleIsASpikeAndThreeOldOnesRefuteIt) {
  SpikeBench bench(1);
  EXPECT_EQ(bench.say(6s), PhaseEvent::sample_spike);
  EXPECT_EQ(bench.phase, Phase::spike);
  EXPECT_EQ(bench.say(1ms), PhaseEvent::sample_good);
  EXPECT_EQ(bench.say(1ms), PhaseEvent::sample_good);
  EXPECT_EQ(bench.say(1ms), PhaseEvent::spike_refuted);
  EXPECT_EQ(bench.phase, Phase::sync);
}

TEST(SpikeJudge, FiveAgreeingSamplesOfTwoSourcesAreTheNewTruth) {
  SpikeBench bench(2);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(bench.say(6s), PhaseEvent::sample_spike);
  EXPECT_EQ(bench.say(6s), PhaseEvent::spike_confirmed);
  EXPECT_EQ(bench.phase, Phase::hold);
}

TEST(SpikeJudge, ASingleSourceMustStandTheWatch) {
  SpikeBench bench(1);
  while (bench.phase != Phase::hold) {
    const PhaseEvent event = bench.say(6s);
    if (bench.elapsed() < 900s) {
      ASSERT_NE(event, PhaseEvent::spike_confirmed);
    }
    ASSERT_LT(bench.elapsed(), 1200s);
  }
}

TEST(SpikeJudge, SamplesOnASlopeAgreeWithEachOther) {
  // An oscillator that changed by 2000 ppm moves by 128 ms between polls of 64 s.
  SpikeBench bench(2, 64s);
  for (int i = 1; i < 5; ++i) EXPECT_EQ(bench.say(i * 200ms), PhaseEvent::sample_spike);
  EXPECT_EQ(bench.say(1s), PhaseEvent::spike_confirmed);
}

TEST(SpikeJudge, SamplesThatLieOnNoLineDoNot) {
  SpikeBench bench(2, 64s);
  for (int i = 0; i < 20; ++i)
    EXPECT_NE(bench.say(i % 2 == 0 ? 1s : 3s), PhaseEvent::spike_confirmed);
}

TEST(SpikeJudge, TheWatchStretchesToFivePollsSoThatLongPollsStillConfirm) {
  // KB2638243: a fixed interval far beyond the watch must not make a correction impossible.
  SpikeBench bench(1, 43200s);
  int samples = 0;
  while (bench.phase != Phase::hold && samples < 20) {
    (void)bench.say(6s);
    ++samples;
  }
  EXPECT_EQ(bench.phase, Phase::hold);
  EXPECT_EQ(samples, 6);
}

TEST(SpikeJudge, SpikeIsAlwaysLeftOnceTheSamplesAgree) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    std::mt19937_64 random(seed);
    SpikeBench bench(1 + random() % 3, Nanos(std::chrono::seconds(1 + random() % 5000)));
    const auto wild = random() % 30;
    for (std::uint64_t i = 0; i < wild; ++i)
      (void)bench.say(from_seconds(static_cast<double>(random() % 2000) - 1000));
    bench.phase = Phase::spike;
    const Nanos settled = random() % 2 == 0 ? Nanos(7s) : Nanos(0s);
    int samples = 0;
    while (bench.phase == Phase::spike && samples < 2000) {
      (void)bench.say(settled);
      ++samples;
    }
    EXPECT_NE(bench.phase, Phase::spike) << "seed " << seed;
  }
}

}  // namespace
}  // namespace slewd::core
