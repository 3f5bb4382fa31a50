// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/w32time_judge.hpp"

#include <gtest/gtest.h>

#include "agent/core/discipline/spike_judge.hpp"
#include "agent/core/discipline/w32time_profile.hpp"

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

CoreConfig w32time() {
  CoreConfig config;
  config.phase.profile = Profile::w32time;
  return config;
}

CoreConfig legacy_config(Nanos special_poll_interval) {
  CoreConfig config = w32time();
  config.phase.special_poll_interval = special_poll_interval;
  config.phase.legacy_timer_driven = true;
  return config;
}

// A judge beside the phase table, as Discipline has them.
class W32timeBench {
 public:
  explicit W32timeBench(const CoreConfig& config = w32time(), Phase from = Phase::sync)
      : judge(make_judge(config)), phase(from) {}

  PhaseEvent say(Nanos at, Nanos residual) {
    const PhaseEvent event = judge->judge(phase, {.estimate = {},
                                                  .residual = residual,
                                                  .sd = 100e-6,
                                                  .sources = 3,
                                                  .at = MonoTime{1h + at},
                                                  .poll_interval = 64s});
    phase = next_phase(phase, event);
    if (phase == Phase::hold && judge->hold_complete(1))
      phase = next_phase(phase, PhaseEvent::hold_complete);
    return event;
  }
  bool beat(Nanos at) {
    const bool moved = judge->beat(phase, MonoTime{1h + at});
    if (moved) phase = next_phase(phase, PhaseEvent::legacy_advance);
    return moved;
  }

  std::unique_ptr<PhaseJudge> judge;
  Phase phase;
};

TEST(W32timeJudge, OneThresholdDecidesWhateverTheDeviationSays) {
  W32timeBench bench;
  EXPECT_EQ(bench.say(0s, 4999ms), PhaseEvent::sample_good);
  EXPECT_EQ(bench.say(64s, -4999ms), PhaseEvent::sample_good);
  EXPECT_EQ(bench.phase, Phase::sync);
  EXPECT_EQ(bench.say(128s, -5s), PhaseEvent::sample_spike);
  EXPECT_EQ(bench.phase, Phase::spike);
}

TEST(W32timeJudge, OneGoodSampleEndsASpike) {
  W32timeBench bench;
  (void)bench.say(0s, 7s);
  EXPECT_EQ(bench.say(64s, 1ms), PhaseEvent::spike_refuted);
  EXPECT_EQ(bench.phase, Phase::sync);
}

TEST(W32timeJudge, NoNumberOfSourcesVouchesBeforeTheWatchIsOver) {
  W32timeBench bench;
  (void)bench.say(0s, 7s);
  for (Nanos at = 16s; at < 900s; at += 16s)
    EXPECT_EQ(bench.say(at, 7s), PhaseEvent::sample_spike) << to_seconds(at);
  EXPECT_EQ(bench.say(900s, -300s), PhaseEvent::spike_confirmed) << "whatever it says";
  EXPECT_EQ(bench.phase, Phase::hold);
}

TEST(W32timeJudge, HoldTakesAnyOffsetAndLastsForItsSamples) {
  W32timeBench bench(w32time(), Phase::unset);
  EXPECT_EQ(bench.say(0s, 7s), PhaseEvent::sample_good);
  EXPECT_EQ(bench.phase, Phase::hold);
  for (int i = 1; i <= 4; ++i) {
    EXPECT_EQ(bench.say(i * 2s, i % 2 == 0 ? 90s : -90s), PhaseEvent::sample_good);
    EXPECT_EQ(bench.phase, Phase::hold) << i;
  }
  (void)bench.say(10s, 0s);
  EXPECT_EQ(bench.phase, Phase::sync);
}

TEST(W32timeJudge, ARoundTripThatIsShorterThanTheLastOneDoesNotProlongTheWatch) {
  W32timeBench bench;
  (void)bench.say(40ms, 7s);
  EXPECT_EQ(bench.say(900s + 3ms, 7s), PhaseEvent::spike_confirmed);
}

TEST(W32timeJudge, HoldoverAndDisruptedJudgeAsSyncDoes) {
  for (const Phase from : {Phase::holdover, Phase::disrupted}) {
    W32timeBench bench(w32time(), from);
    EXPECT_EQ(bench.say(0s, 7s), PhaseEvent::sample_spike) << to_string(from);
    EXPECT_EQ(bench.phase, Phase::spike) << to_string(from);
    W32timeBench calm(w32time(), from);
    EXPECT_EQ(calm.say(0s, 4s), PhaseEvent::sample_good) << to_string(from);
    EXPECT_EQ(calm.phase, Phase::sync) << to_string(from);
  }
}

TEST(W32timeJudge, AnObserverTakesAnyOffset) {
  W32timeBench bench(w32time(), Phase::observe);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(bench.say(i * 64s, i % 2 == 0 ? 2000s : -2000s), PhaseEvent::sample_good) << i;
}

TEST(W32timeJudge, AnAlarmIsNoWayRoundTheWatch) {
  W32timeBench bench;
  (void)bench.say(0s, 1ms);
  bench.phase = Phase::alarm;
  EXPECT_EQ(bench.say(64s, 7s), PhaseEvent::sample_spike);
  EXPECT_EQ(bench.say(900s, 7s), PhaseEvent::sample_spike);
  EXPECT_EQ(bench.say(964s, 7s), PhaseEvent::spike_confirmed) << "nor without an end";
}

TEST(W32timeJudge, WithoutTheLegacyTimerNoTimeMovesThePhase) {
  EXPECT_FALSE(W32timeBench().judge->legacy_pace());
  CoreConfig config = w32time();
  config.phase.special_poll_interval = 12h;
  EXPECT_FALSE(W32timeBench(config).judge->legacy_pace());
  EXPECT_EQ(W32timeBench(config).judge->fixed_interval(), Nanos(12h));
  config.phase.special_poll_interval.reset();
  config.phase.legacy_timer_driven = true;
  EXPECT_FALSE(W32timeBench(config).judge->legacy_pace()) << "only beside a fixed interval";
}

TEST(W32timeJudge, TheLegacyTimerLeadsFromSpikeToSyncByItself) {
  W32timeBench bench(legacy_config(12h));
  EXPECT_EQ(bench.judge->legacy_pace(), Nanos(64s));
  (void)bench.say(0s, 7s);
  EXPECT_FALSE(bench.beat(896s));
  EXPECT_TRUE(bench.beat(960s));
  EXPECT_EQ(bench.phase, Phase::unset);
  EXPECT_TRUE(bench.beat(1024s));
  EXPECT_EQ(bench.phase, Phase::hold);
  for (Nanos at = 1088s; at <= 1280s; at += 64s) EXPECT_FALSE(bench.beat(at));
  EXPECT_TRUE(bench.beat(1344s));
  EXPECT_EQ(bench.phase, Phase::sync);
  EXPECT_EQ(bench.say(12h, 7s), PhaseEvent::sample_spike) << "and so for ever";
}

TEST(PhaseJudge, OfTheNativeProfileKnowsNeitherTimerNorFixedInterval) {
  const auto judge = make_judge(CoreConfig());
  EXPECT_FALSE(judge->legacy_pace());
  EXPECT_FALSE(judge->fixed_interval());
  for (const Phase phase : kPhases) EXPECT_FALSE(judge->beat(phase, MonoTime{1000h}));
}

TEST(W32timeProfile, IsToldInTheUnitsOfTheRegistry) {
  CoreConfig config = legacy_config(12h);
  config.poll = {16s, 36h};
  config.phase.hold_samples = 7;
  config.phase.large_phase_offset = 1h;
  const W32timeSettings settings = w32time_settings(config);
  EXPECT_TRUE(settings.polls_at_fixed_interval());
  EXPECT_EQ(settings.poll_interval(), 12h);
  EXPECT_EQ(settings.internal_interval(), 16s);
  EXPECT_EQ(settings.max_poll_interval, 16U);
  EXPECT_EQ(settings.hold_period, 7U);
  EXPECT_EQ(settings.spike_watch_period, 900U);
  EXPECT_EQ(settings.spike_offset(), kLongestLargePhaseOffset);
}

TEST(W32timeProfile, HasTheFaultOnlyWithTheTimerAndBeyondItsWayToSync) {
  EXPECT_TRUE(find_kb2638243(legacy_config(12h)));
  EXPECT_FALSE(find_kb2638243(legacy_config(300s)));
  CoreConfig config = legacy_config(12h);
  config.phase.legacy_timer_driven = false;
  EXPECT_FALSE(find_kb2638243(config));
  config = legacy_config(12h);
  config.phase.profile = Profile::native;
  EXPECT_FALSE(find_kb2638243(config));
  config = legacy_config(12h);
  config.poll = {32768s, 32768s};
  EXPECT_FALSE(find_kb2638243(config));
}

}  // namespace
}  // namespace slewd::core
