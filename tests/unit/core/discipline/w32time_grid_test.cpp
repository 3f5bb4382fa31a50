// SPDX-License-Identifier: Apache-2.0
// KB2638243 over poll intervals from a 64th of the spike watch to 64 times it: slewd's own judge
// and phase machine beside the model of w32time.
#include <algorithm>

#include <gtest/gtest.h>

#include "agent/core/discipline/phase.hpp"
#include "agent/core/discipline/spike_judge.hpp"
#include "agent/w32time/w32time_machine.hpp"

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kWatch = 960s;  // a 64th of it is whole

std::vector<std::chrono::seconds> grid() {
  std::vector<std::chrono::seconds> polls;
  for (int sixty_fourths = 1; sixty_fourths <= 64 * 64; sixty_fourths += 1 + sixty_fourths / 16)
    polls.push_back(kWatch * sixty_fourths / 64);
  polls.push_back(kWatch * 64);
  return polls;
}

// How many samples slewd needs to accept an offset that persists; 0 = it never does.
int native_samples(Nanos poll, Nanos offset, std::size_t sources) {
  SpikeJudge judge(PhaseConfig{.spike_watch = kWatch});
  Phase phase = Phase::sync;
  MonoTime now;
  for (int samples = 1; samples <= 1000; ++samples) {
    now += poll;
    phase = next_phase(phase, judge.judge(phase, {.estimate = {},
                                                  .residual = offset,
                                                  .sd = 100e-6,
                                                  .sources = sources,
                                                  .at = now,
                                                  .poll_interval = poll}));
    if (phase == Phase::hold) return samples;
    if (phase != Phase::spike) return 0;
  }
  return 0;
}

W32timeSettings legacy_settings(std::chrono::seconds poll, std::uint32_t min_poll) {
  W32timeSettings settings = w32time_defaults(W32timeRole::standalone);
  settings.spike_watch_period = static_cast<std::uint32_t>(kWatch.count());
  settings.special_poll_interval = static_cast<std::uint32_t>(poll.count());
  settings.min_poll_interval = min_poll;
  return settings;
}

TEST(Kb2638243Grid, SlewdAcceptsAPersistentOffsetAtEveryRatio) {
  for (const std::chrono::seconds poll : grid()) {
    for (const Nanos offset : {Nanos(7s), Nanos(-7s), Nanos(200ms)}) {
      const std::string what = "poll " + std::to_string(poll.count()) + " s, offset " +
                               std::to_string(to_seconds(offset)) + " s";
      const int alone = native_samples(poll, offset, 1);
      EXPECT_GT(alone, 5) << what;
      // The watch is stretched to five polls, so it ends with a sample at most one poll late.
      EXPECT_LE((alone - 2) * poll, std::max<std::chrono::seconds>(kWatch, 5 * poll)) << what;
      EXPECT_EQ(native_samples(poll, offset, 2), 5) << what;
    }
  }
}

TEST(Kb2638243Grid, W32timeDrivenBySamplesAcceptsItToo) {
  for (const std::chrono::seconds poll : grid()) {
    const W32timeRun run =
        run_persistent_offset(legacy_settings(poll, 10), W32timeDrive::samples, 7s);
    EXPECT_EQ(run.ending, W32timeEnding::corrected) << "poll " << poll.count() << " s";
    EXPECT_LT(run.moments.back().at, kWatch + poll) << "poll " << poll.count() << " s";
  }
}

TEST(Kb2638243Grid, TheLegacyTimerLosesItExactlyWhereSyncComesBeforeTheNextSample) {
  // A tick each 1024 s: one ends the watch of 960 s, one leads to Hold, five to Sync.
  constexpr std::chrono::seconds kSync = 7 * 1024s;
  int lost = 0;
  for (const std::chrono::seconds poll : grid()) {
    const W32timeRun run =
        run_persistent_offset(legacy_settings(poll, 10), W32timeDrive::timer, 7s);
    const bool never = run.ending == W32timeEnding::never;
    EXPECT_EQ(never, poll > kSync) << "poll " << poll.count() << " s";
    EXPECT_EQ(!never, run.ending == W32timeEnding::corrected) << "poll " << poll.count() << " s";
    lost += never ? 1 : 0;
  }
  EXPECT_GT(lost, 20);
}

TEST(Kb2638243Grid, ALongMinPollIntervalCuresEveryRatio) {
  for (const std::chrono::seconds poll : grid()) {
    const W32timeRun run =
        run_persistent_offset(legacy_settings(poll, 15), W32timeDrive::timer, 7s);
    EXPECT_EQ(run.ending, W32timeEnding::corrected) << "poll " << poll.count() << " s";
  }
}

}  // namespace
}  // namespace slewd::core
