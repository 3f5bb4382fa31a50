// SPDX-License-Identifier: Apache-2.0
#include "agent/core/sources/poll_policy.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

TEST(PollPolicy, QuietSamplesLengthenTheIntervalUpToTheMaximum) {
  PollPolicy policy({64s, 256s});
  for (int i = 0; i < 4; ++i) policy.on_sample(1.0, 1h);
  EXPECT_EQ(policy.next(Phase::sync), 128s);
  for (int i = 0; i < 100; ++i) policy.on_sample(1.0, 1h);
  EXPECT_EQ(policy.next(Phase::sync), 256s);
}

TEST(PollPolicy, TheIntervalSettlesWhereTheWanderWantsIt) {
  PollPolicy policy({64s, 1024s});
  for (int i = 0; i < 40; ++i) policy.on_sample(1.0, 700s);
  EXPECT_EQ(policy.next(Phase::sync), 700s);
  policy.on_sample(1.0, 500s);
  EXPECT_EQ(policy.next(Phase::sync), 500s);
  policy.on_sample(1.0, 1s);
  EXPECT_EQ(policy.next(Phase::sync), 250s);
}

TEST(PollPolicy, AWilderOscillatorOrAFinerPathIsAskedMoreOften) {
  constexpr double kWell = 1e-9;  // how well the frequency is known
  EXPECT_GT(wanted_interval(1e-9, 25e-6, kWell), 500s);
  EXPECT_LT(wanted_interval(1e-8, 25e-6, kWell), wanted_interval(1e-9, 25e-6, kWell) / 4);
  EXPECT_LT(wanted_interval(1e-9, 5e-6, kWell), wanted_interval(1e-9, 25e-6, kWell) / 2);
}

TEST(PollPolicy, AFrequencyThatIsKnownBadlyIsAskedMoreOften) {
  EXPECT_LT(wanted_interval(1e-9, 1e-3, 20e-6), 200s) << "20 ppm is 20 ms in 1000 s";
  EXPECT_GT(wanted_interval(1e-9, 1e-3, 20e-9), 1h);
}

TEST(PollPolicy, APerfectOscillatorIsStillAskedNowAndThen) {
  EXPECT_LE(wanted_interval(1e-15, 1.0, 1e-15), 36h + 25min);
}

TEST(PollPolicy, ASurpriseShortensItAtOnce) {
  PollPolicy policy({64s, 1024s});
  for (int i = 0; i < 8; ++i) policy.on_sample(1.0, 1h);
  policy.on_sample(6.0, 1h);
  EXPECT_EQ(policy.next(Phase::sync), 128s);
}

TEST(PollPolicy, ABurstAsksQuicklyAndThenFromTheMinimum) {
  PollPolicy policy({64s, 1024s});
  for (int i = 0; i < 40; ++i) policy.on_sample(1.0, 1h);
  policy.burst(3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(policy.next(Phase::sync), 2s);
  EXPECT_EQ(policy.next(Phase::sync), 64s);
}

TEST(PollPolicy, InSpikeItAsksOftenAndThenLessOften) {
  PollPolicy policy({64s, 1024s});
  EXPECT_EQ(policy.next(Phase::spike), 4s);
  for (int i = 0; i < 20; ++i) (void)policy.next(Phase::spike);
  EXPECT_EQ(policy.next(Phase::spike), 16s);
  (void)policy.next(Phase::sync);
  EXPECT_EQ(policy.next(Phase::spike), 4s);
}

TEST(PollPolicy, AServerThatDoesNotAnswerIsAskedLessAndLess) {
  for (const Phase phase : {Phase::unset, Phase::sync, Phase::holdover}) {
    PollPolicy policy({64s, 1024s});
    EXPECT_EQ(policy.next(phase, policy.range(), 3), 64s);
    EXPECT_EQ(policy.next(phase, policy.range(), 4), 128s);
    EXPECT_EQ(policy.next(phase, policy.range(), 8), 256s);
    EXPECT_EQ(policy.next(phase, policy.range(), 1000), 512s)
        << "a network that comes back must be noticed";
  }
}

TEST(PollPolicy, BackingOffStaysInTheRange) {
  PollPolicy narrow({16s, 32s});
  EXPECT_EQ(narrow.next(Phase::holdover, narrow.range(), 1000), 32s);
  PollPolicy slow({1024s, 1024s});
  EXPECT_EQ(slow.next(Phase::sync, slow.range(), 1000), 1024s);
}

TEST(PollPolicy, ANarrowerRangeTakesEffectAtOnce) {
  PollPolicy policy({64s, 1024s});
  for (int i = 0; i < 40; ++i) policy.on_sample(1.0, 1h);
  policy.set_range({16s, 32s}, {16s, 32s});
  EXPECT_EQ(policy.next(Phase::sync), 32s);
}

TEST(PollPolicy, ASourceKeepsTheIntervalWithinItsOwnRange) {
  PollPolicy policy({64s, 1024s});
  policy.set_range({64s, 1024s}, {1s, 1024s});
  for (int i = 0; i < 80; ++i) policy.on_sample(1.0, 1h);
  EXPECT_EQ(policy.next(Phase::sync, {16s, 16s}), 16s);
  EXPECT_EQ(policy.next(Phase::sync), 1024s);
  for (int i = 0; i < 80; ++i) policy.on_sample(1.0, 1s);
  EXPECT_EQ(policy.next(Phase::sync, {1s, 128s}), 1s) << "the interval falls as far as one may go";
  EXPECT_EQ(policy.next(Phase::sync), 64s);
  EXPECT_EQ(policy.next(Phase::unset, {16s, 32s}), 16s);
  EXPECT_EQ(policy.next(Phase::holdover, {1s, 8s}, 1000), 8s);
}

}  // namespace
}  // namespace slewd::core
