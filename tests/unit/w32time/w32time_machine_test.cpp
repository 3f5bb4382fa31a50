// SPDX-License-Identifier: Apache-2.0
#include "agent/w32time/w32time_machine.hpp"

#include <random>

#include <gtest/gtest.h>

#include "agent/w32time/w32time_fault.hpp"

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

W32timeSettings standard() { return w32time_defaults(W32timeRole::standalone); }

// The example of KB2638243.
W32timeSettings half_a_day() {
  W32timeSettings settings = standard();
  settings.special_poll_interval = 43200;
  return settings;
}

// A machine that has just entered `state` at 0 s.
W32timeMachine machine_in(W32timeState state, const W32timeSettings& settings = standard()) {
  using enum W32timeState;
  if (state != spike) return W32timeMachine(settings, state);
  W32timeMachine machine(settings, sync);
  (void)machine.sample(0s, 7s);
  return machine;
}

struct SampleRow {
  W32timeState from;
  std::chrono::seconds at;
  Nanos offset;
  W32timeState to;
  W32timeOutcome outcome;
  bool event_50;
};

TEST(W32timeMachine, DoesWithEverySampleWhatItsTableSays) {
  using enum W32timeState;
  constexpr auto corrected = W32timeOutcome::corrected;
  constexpr auto refused = W32timeOutcome::spike;
  constexpr auto beyond_limit = W32timeOutcome::beyond_limit;
  const std::vector<SampleRow> rows{
      {unset, 0s, 0s, hold, corrected, false},
      {unset, 0s, 7s, hold, corrected, false},
      {unset, 0s, -7s, hold, corrected, false},
      {unset, 0s, 54001s, unset, beyond_limit, false},
      {hold, 0s, 1s, hold, corrected, false},
      {hold, 0s, 7s, hold, corrected, false},
      {hold, 0s, -54001s, hold, beyond_limit, false},
      {sync, 0s, 0s, sync, corrected, false},
      {sync, 0s, 4999999900ns, sync, corrected, false},
      {sync, 0s, 5s, spike, refused, false},
      {sync, 0s, -5s, spike, refused, false},
      {sync, 0s, 54000s, spike, refused, false},
      {sync, 0s, 54001s, sync, beyond_limit, false},
      {spike, 1s, 7s, spike, refused, false},
      {spike, 899s, -7s, spike, refused, false},
      {spike, 900s, 7s, hold, corrected, true},
      {spike, 43200s, -7s, hold, corrected, true},
      {spike, 1s, 4s, sync, corrected, false},
      {spike, 900s, 0s, sync, corrected, false},
      {spike, 900s, 54001s, spike, beyond_limit, false},
  };
  for (const SampleRow& row : rows) {
    W32timeMachine machine = machine_in(row.from);
    const W32timeStep step = machine.sample(row.at, row.offset);
    const std::string what = std::string(to_string(row.from)) + " at " +
                             std::to_string(row.at.count()) + " s, offset " +
                             std::to_string(to_seconds(row.offset));
    EXPECT_EQ(step.before, row.from) << what;
    EXPECT_EQ(to_string(step.after), to_string(row.to)) << what;
    EXPECT_EQ(step.outcome, row.outcome) << what;
    EXPECT_EQ(step.event_50, row.event_50) << what;
    EXPECT_EQ(machine.state(), row.to) << what;
  }
}

struct TickRow {
  W32timeState from;
  std::chrono::seconds at;
  W32timeState to;
  bool event_50;
};

TEST(W32timeMachine, DoesWithEveryTickWhatItsTableSays) {
  using enum W32timeState;
  const std::vector<TickRow> rows{
      {unset, 0s, hold, false},    {hold, 0s, hold, false},     {sync, 0s, sync, false},
      {spike, 1s, spike, false},   {spike, 899s, spike, false}, {spike, 900s, unset, true},
      {spike, 1024s, unset, true},
  };
  for (const TickRow& row : rows) {
    W32timeMachine machine = machine_in(row.from);
    const W32timeStep step = machine.tick(row.at);
    EXPECT_EQ(to_string(step.after), to_string(row.to))
        << to_string(row.from) << " at " << row.at.count() << " s";
    EXPECT_EQ(step.outcome, W32timeOutcome::no_sample);
    EXPECT_EQ(step.event_50, row.event_50);
  }
}

TEST(W32timeMachine, LeavesHoldAfterTheHoldPeriodsSamples) {
  using enum W32timeState;
  W32timeMachine machine(standard());
  EXPECT_EQ(machine.sample(0s, 100s).after, hold);
  for (int i = 1; i <= 4; ++i)
    EXPECT_EQ(machine.sample(std::chrono::seconds(i), 100s).after, hold) << i;
  const W32timeStep fifth = machine.sample(5s, 100s);
  EXPECT_EQ(fifth.after, sync);
  EXPECT_EQ(fifth.held, 5U);
  EXPECT_EQ(machine.sample(6s, 100s).outcome, W32timeOutcome::spike);
}

TEST(W32timeMachine, CountsTicksInHoldAsThoughTheyWereSamples) {
  using enum W32timeState;
  W32timeMachine machine(standard());
  (void)machine.tick(0s);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(machine.tick(0s).after, hold);
  EXPECT_EQ(machine.tick(0s).after, sync);
}

TEST(W32timeMachine, CorrectsWithoutALimitWhenTheRegistrySaysSo) {
  W32timeSettings settings = standard();
  settings.max_pos_phase_correction = W32timeSettings::kNoLimit;
  W32timeMachine machine(settings);
  EXPECT_EQ(machine.sample(0s, 24h * 36500).outcome, W32timeOutcome::corrected);
  EXPECT_EQ(machine.sample(0s, -24h * 36500).outcome, W32timeOutcome::beyond_limit);
}

TEST(W32timeMachine, NeverCorrectsAtHalfADayBecauseTheTimerReachesSyncFirst) {
  using enum W32timeState;
  const W32timeRun run = run_persistent_offset(half_a_day(), W32timeDrive::timer, 7s);
  ASSERT_EQ(run.ending, W32timeEnding::never);
  ASSERT_EQ(run.moments.size(), 9U);
  const std::vector<std::pair<std::chrono::seconds, W32timeState>> expected{
      {0s, spike},   {1024s, unset}, {2048s, hold}, {3072s, hold},  {4096s, hold},
      {5120s, hold}, {6144s, hold},  {7168s, sync}, {43200s, spike}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(run.moments[i].at, expected[i].first) << i;
    EXPECT_EQ(to_string(run.moments[i].step.after), to_string(expected[i].second)) << i;
  }
  EXPECT_TRUE(run.moments[1].step.event_50);
}

TEST(W32timeMachine, CorrectsAtHalfADayWhenMinPollIntervalIsFifteen) {
  W32timeSettings settings = half_a_day();
  settings.min_poll_interval = 15;
  const W32timeRun run = run_persistent_offset(settings, W32timeDrive::timer, 7s);
  EXPECT_EQ(run.ending, W32timeEnding::corrected);
  EXPECT_EQ(run.moments.back().at, 43200s);
  EXPECT_EQ(run.moments.back().step.before, W32timeState::unset);
}

TEST(W32timeMachine, CorrectsAtHalfADayWhenOnlySamplesMoveIt) {
  const W32timeRun run = run_persistent_offset(half_a_day(), W32timeDrive::samples, -7s);
  EXPECT_EQ(run.ending, W32timeEnding::corrected);
  EXPECT_EQ(run.moments.back().at, 43200s);
}

TEST(W32timeMachine, HasNoTimerWithoutAFixedInterval) {
  W32timeSettings settings = half_a_day();
  EXPECT_EQ(w32time_drive(settings), W32timeDrive::timer);
  settings.peers.front().flags = 0x8;
  EXPECT_EQ(w32time_drive(settings), W32timeDrive::samples);
  EXPECT_EQ(settings.poll_interval(), 1024s);
}

TEST(W32timeMachine, NeverCorrectsWhatIsBeyondTheLimit) {
  W32timeSettings settings = standard();
  settings.max_neg_phase_correction = 6;
  const auto ending = [&](Nanos offset) {
    return run_persistent_offset(settings, W32timeDrive::samples, offset).ending;
  };
  EXPECT_EQ(ending(-7s), W32timeEnding::never);
  EXPECT_EQ(ending(7s), W32timeEnding::corrected);
}

TEST(W32timeMachine, GivesARunUpWhenNothingIsDecidedWithinItsBound) {
  W32timeSettings settings = standard();
  settings.special_poll_interval = 1;
  settings.spike_watch_period = 0xFFFFFFFF;
  EXPECT_EQ(run_persistent_offset(settings, W32timeDrive::timer, 7s).ending,
            W32timeEnding::undecided);
}

TEST(W32timeFault, IsFoundExactlyWhereTheMachineShowsIt) {
  int faults = 0;
  for (std::uint64_t seed = 1; seed <= 20000; ++seed) {
    std::mt19937_64 random(seed);
    W32timeSettings settings = standard();
    settings.special_poll_interval = 1 + static_cast<std::uint32_t>(random() % 20000);
    settings.min_poll_interval = 4 + static_cast<std::uint32_t>(random() % 9);
    settings.spike_watch_period = static_cast<std::uint32_t>(random() % 3000);
    settings.hold_period = static_cast<std::uint32_t>(random() % 9);
    const W32timeRun run = run_persistent_offset(settings, w32time_drive(settings), 7s);
    ASSERT_NE(run.ending, W32timeEnding::undecided) << "seed " << seed;
    const auto fault = find_kb2638243(settings);
    ASSERT_EQ(fault.has_value(), run.ending == W32timeEnding::never) << "seed " << seed;
    if (!fault) continue;
    ++faults;
    EXPECT_EQ(fault->next_sample, run.moments.back().at) << "seed " << seed;
    EXPECT_EQ(fault->sync_at, run.moments[run.moments.size() - 2].at) << "seed " << seed;
    for (const W32timeCure& cure : fault->cures) {
      const W32timeRun cured =
          run_persistent_offset(cure.settings, w32time_drive(cure.settings), 7s);
      ASSERT_EQ(cured.ending, W32timeEnding::corrected) << "seed " << seed;
      ASSERT_FALSE(find_kb2638243(cure.settings)) << "seed " << seed;
    }
  }
  EXPECT_GT(faults, 2000);
  EXPECT_LT(faults, 18000);
}

TEST(W32timeFault, ExplainsTheExampleWithItsNumbersAndCures) {
  const auto fault = find_kb2638243(half_a_day());
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->last_refused, 0s);
  EXPECT_EQ(fault->unset_at, 1024s);
  EXPECT_EQ(fault->hold_at, 2048s);
  EXPECT_EQ(fault->sync_at, 7168s);
  EXPECT_EQ(fault->next_sample, 43200s);
  ASSERT_EQ(fault->cures.size(), 3U);
  EXPECT_EQ(fault->cures[0].kind, W32timeCureKind::shorten_special_poll);
  EXPECT_EQ(fault->cures[0].settings.special_poll_interval, 3600U);
  EXPECT_EQ(fault->cures[1].kind, W32timeCureKind::raise_min_poll);
  EXPECT_EQ(fault->cures[1].settings.min_poll_interval, 15U);
  EXPECT_EQ(fault->cures[2].kind, W32timeCureKind::no_fixed_interval);
  EXPECT_EQ(fault->cures[2].settings.ntp_server, "time.windows.com");
}

TEST(W32timeFault, NeedsAnIntervalBeyondTheTimersWayToSync) {
  W32timeSettings settings = standard();
  settings.special_poll_interval = 7168;
  EXPECT_FALSE(find_kb2638243(settings));
  settings.special_poll_interval = 7169;
  EXPECT_TRUE(find_kb2638243(settings));
}

TEST(W32timeFault, CanAlsoComeBehindAWatchOfManyTicks) {
  // The last refused sample is the one at 899 s; from 963 s on the timer runs to Sync at 1347 s.
  W32timeSettings settings = standard();
  settings.special_poll_interval = 899;
  settings.min_poll_interval = 6;
  const auto fault = find_kb2638243(settings);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->last_refused, 899s);
  EXPECT_EQ(fault->sync_at, 1347s);
  EXPECT_EQ(fault->next_sample, 1798s);
}

TEST(W32timeFault, RaisesNoMinPollIntervalBeyondWhatNtpKnows) {
  W32timeSettings settings = standard();
  settings.special_poll_interval = 10'000'000;
  const auto fault = find_kb2638243(settings);
  ASSERT_TRUE(fault);
  ASSERT_EQ(fault->cures.size(), 2U);
  EXPECT_EQ(fault->cures[1].kind, W32timeCureKind::no_fixed_interval);
}

TEST(W32timeFault, IsNotSoughtWhereTheDomainSaysWhenSamplesCome) {
  W32timeSettings settings = half_a_day();
  settings.type = "NT5DS";
  EXPECT_FALSE(find_kb2638243(settings));
}

}  // namespace
}  // namespace slewd::core
