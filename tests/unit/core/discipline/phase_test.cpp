// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/phase.hpp"

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using Pair = std::pair<Phase, PhaseEvent>;

// The table of docs/design/discipline.md, written by hand a second time: every pair that moves. All
// others stay where they are.
const std::map<Pair, Phase>& moves() {
  using enum Phase;
  using enum PhaseEvent;
  static const std::map<Pair, Phase> kMoves{
      {{unset, sample_good}, hold},
      {{unset, panic}, alarm},
      {{unset, told_to_observe}, observe},
      {{unset, legacy_advance}, hold},
      {{hold, hold_complete}, sync},
      {{hold, updates_missing}, unset},
      {{hold, panic}, alarm},
      {{hold, told_to_observe}, observe},
      {{hold, legacy_advance}, sync},
      {{sync, sample_spike}, spike},
      {{sync, disruption}, disrupted},
      {{sync, updates_missing}, holdover},
      {{sync, panic}, alarm},
      {{sync, told_to_observe}, observe},
      {{spike, spike_refuted}, sync},
      {{spike, spike_confirmed}, hold},
      {{spike, disruption}, disrupted},
      {{spike, updates_missing}, holdover},
      {{spike, panic}, alarm},
      {{spike, told_to_observe}, observe},
      {{spike, legacy_advance}, unset},
      {{disrupted, sample_good}, sync},
      {{disrupted, hold_complete}, sync},
      {{disrupted, sample_spike}, spike},
      {{disrupted, spike_refuted}, sync},
      {{disrupted, spike_confirmed}, hold},
      {{disrupted, updates_missing}, holdover},
      {{disrupted, panic}, alarm},
      {{disrupted, told_to_observe}, observe},
      {{holdover, sample_good}, sync},
      {{holdover, hold_complete}, sync},
      {{holdover, sample_spike}, spike},
      {{holdover, spike_refuted}, sync},
      {{holdover, spike_confirmed}, hold},
      {{holdover, disruption}, disrupted},
      {{holdover, panic}, alarm},
      {{holdover, told_to_observe}, observe},
      {{alarm, panic_cleared}, hold},
      {{alarm, told_to_observe}, observe},
      {{observe, told_to_steer}, unset},
  };
  return kMoves;
}

class EachPair : public testing::TestWithParam<std::tuple<Phase, PhaseEvent>> {};

TEST_P(EachPair, MovesOnlyWhereTheTableSays) {
  const auto [phase, event] = GetParam();
  const auto found = moves().find({phase, event});
  const Phase expected = found == moves().end() ? phase : found->second;
  EXPECT_EQ(to_string(next_phase(phase, event)), to_string(expected))
      << to_string(phase) << " on " << to_string(event);
}

INSTANTIATE_TEST_SUITE_P(PhaseTable, EachPair,
                         testing::Combine(testing::ValuesIn(kPhases),
                                          testing::ValuesIn(kPhaseEvents)));

TEST(Phase, EveryPhaseCanBeReachedFromUnset) {
  std::set<Phase> reached{Phase::unset};
  for (std::size_t round = 0; round < kPhases.size(); ++round)
    for (const Phase from : std::set<Phase>(reached))
      for (const PhaseEvent event : kPhaseEvents) reached.insert(next_phase(from, event));
  EXPECT_EQ(reached.size(), kPhases.size());
}

TEST(Phase, SyncCanBeReachedFromEveryPhase) {
  for (const Phase start : kPhases) {
    std::set<Phase> reached{start};
    for (std::size_t round = 0; round < kPhases.size(); ++round)
      for (const Phase from : std::set<Phase>(reached))
        for (const PhaseEvent event : kPhaseEvents) reached.insert(next_phase(from, event));
    EXPECT_TRUE(reached.contains(Phase::sync)) << to_string(start);
  }
}

TEST(Phase, OnlyUnsetHoldAndSyncMayMoveTheClockTowardsNewOffsets) {
  using enum Phase;
  for (const Phase phase : {observe, disrupted, alarm})
    EXPECT_NE(traits(phase).steering, SteerPolicy::slew) << to_string(phase);
  EXPECT_EQ(traits(spike).steering, SteerPolicy::finish_slew);
  EXPECT_EQ(traits(observe).steering, SteerPolicy::none);
}

}  // namespace
}  // namespace slewd::core
