// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/selection.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

Candidate at(Nanos phase, Nanos distance = 5ms, double sd = 100e-6) {
  Candidate candidate;
  candidate.claim.phase = phase;
  candidate.claim.var_phase = sd * sd;
  candidate.claim.var_frequency = 1e-14;
  candidate.root_distance = distance;
  candidate.reachable = true;
  return candidate;
}

TEST(Selection, FollowsTheOnlySource) {
  const Selection chosen = select(std::vector{at(7ms)}, {});
  ASSERT_EQ(chosen.survivors, std::vector<std::size_t>{0});
  EXPECT_EQ(chosen.combined.phase, 7ms);
  EXPECT_EQ(chosen.verdicts[0].state, SourceState::selected);
}

TEST(Selection, OutvotesALiarAndSaysHowFarItIsOff) {
  const Selection chosen = select(std::vector{at(0ms), at(1ms), at(-1ms), at(500ms)}, {});
  EXPECT_EQ(chosen.survivors.size(), 3U);
  EXPECT_EQ(chosen.verdicts[3].state, SourceState::falseticker);
  EXPECT_NE(chosen.verdicts[3].reason.find("away from what 3 others agree on"), std::string::npos);
}

TEST(Selection, OfTwoMajoritiesTheOneThatAgreesBestIsFollowed) {
  const Selection chosen = select(std::vector{at(0ms), at(9900us), at(11ms)}, {});
  EXPECT_EQ(chosen.survivors, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(chosen.verdicts[0].state, SourceState::falseticker) << "it only touches the second";
}

TEST(Selection, WithoutAMajorityItFollowsNobody) {
  const Selection chosen = select(std::vector{at(0ms), at(500ms)}, {});
  EXPECT_TRUE(chosen.majority_lost);
  EXPECT_TRUE(chosen.survivors.empty());
}

TEST(Selection, TwoLiarsThatAgreeWinAgainstOneHonestSource) {
  // No algorithm can know better; what it must not do is average the three.
  const Selection chosen = select(std::vector{at(0ms), at(900ms), at(901ms)}, {});
  EXPECT_EQ(chosen.verdicts[0].state, SourceState::falseticker);
  EXPECT_GT(chosen.combined.phase, 899ms);
}

TEST(Selection, ATrustedSourceOutvotesAnyNumberOfOthers) {
  auto trusted = at(0ms);
  trusted.trust = true;
  const Selection chosen = select(std::vector{trusted, at(900ms), at(901ms)}, {});
  EXPECT_EQ(chosen.survivors, std::vector<std::size_t>{0});
}

TEST(Selection, PreferLeavesTheOthersAsCandidates) {
  auto preferred = at(1ms);
  preferred.prefer = true;
  const Selection chosen = select(std::vector{at(0ms), preferred, at(2ms)}, {});
  EXPECT_EQ(chosen.survivors, std::vector<std::size_t>{1});
  EXPECT_EQ(chosen.verdicts[0].state, SourceState::candidate);
}

TEST(Selection, RequireNeedsOneOfTheRequiredSources) {
  auto required = at(0ms);
  required.require = true;
  required.reachable = false;
  const Selection chosen = select(std::vector{required, at(0ms), at(1ms)}, {});
  EXPECT_TRUE(chosen.survivors.empty());
  EXPECT_FALSE(chosen.majority_lost);
}

TEST(Selection, MinSourcesHoldsTheClockUntilEnoughAgree) {
  SelectionConfig config;
  config.min_sources = 2;
  EXPECT_TRUE(select(std::vector{at(0ms)}, config).survivors.empty());
  EXPECT_EQ(select(std::vector{at(0ms), at(1ms)}, config).survivors.size(), 2U);
}

TEST(Selection, LeavesOutNoselectUnreachableAndDistantSources) {
  auto measured_only = at(0ms);
  measured_only.noselect = true;
  auto silent = at(0ms);
  silent.reachable = false;
  const Selection chosen = select(std::vector{measured_only, silent, at(0ms, 4s), at(2ms)}, {});
  EXPECT_EQ(chosen.survivors, std::vector<std::size_t>{3});
  EXPECT_EQ(chosen.verdicts[0].state, SourceState::noselect);
  EXPECT_EQ(chosen.verdicts[1].state, SourceState::unreachable);
  EXPECT_EQ(chosen.verdicts[2].state, SourceState::outlier);
}

TEST(Selection, FourEqualSourcesTogetherAreTwiceAsCertainAsOne) {
  const auto one = at(0ms, 100us, 50e-6);
  const Selection alone = select(std::vector{one}, {});
  const Selection together = select(std::vector{one, one, one, one}, {});
  EXPECT_NEAR(std::sqrt(alone.combined.var_phase / together.combined.var_phase), 2.0, 1e-9);
}

TEST(Selection, NearlyEqualSourcesDoNotTakeTurns) {
  auto held = at(0ms, 5ms);
  held.incumbent = true;
  for (const Nanos challenger : {Nanos(4ms), Nanos(6ms), Nanos(3900us), Nanos(5ms)}) {
    const Selection chosen = select(std::vector{at(0ms, challenger), held}, {});
    EXPECT_EQ(chosen.survivors, (std::vector<std::size_t>{1, 0}));
    EXPECT_EQ(chosen.verdicts[1].state, SourceState::selected);
    EXPECT_EQ(chosen.verdicts[0].state, SourceState::combined);
  }
}

TEST(Selection, AClearlyBetterSourceTakesOverAtOnce) {
  auto held = at(0ms, 5ms);
  held.incumbent = true;
  const Selection chosen = select(std::vector{held, at(0ms, 8ms), at(0ms, 3ms)}, {});
  EXPECT_EQ(chosen.survivors, (std::vector<std::size_t>{2, 0, 1}));
}

TEST(Selection, AnIncumbentThatIsGoneIsReplacedAtOnce) {
  auto held = at(0ms, 5ms);
  held.incumbent = true;
  held.reachable = false;
  EXPECT_EQ(select(std::vector{held, at(0ms, 6ms)}, {}).survivors, std::vector<std::size_t>{1});
  auto lies = at(900ms, 5ms);
  lies.incumbent = true;
  EXPECT_EQ(select(std::vector{lies, at(0ms, 7ms), at(0ms, 6ms)}, {}).survivors,
            (std::vector<std::size_t>{2, 1}));
}

TEST(Selection, WhoWasAskedLastDoesNotMatter) {
  auto held = at(0ms, 20ms);
  held.incumbent = true;
  held.age_dispersion = 15ms;
  EXPECT_EQ(select(std::vector{at(0ms, 5ms), held}, {}).survivors,
            (std::vector<std::size_t>{1, 0}));
  auto vague = at(0ms, 5ms, 5e-3);
  vague.incumbent = true;
  vague.age_variance = 24.99e-6;
  EXPECT_EQ(select(std::vector{at(0ms, 5ms), vague}, {}).survivors,
            (std::vector<std::size_t>{1, 0}));
}

Candidate silent(Nanos phase, Nanos distance) {
  auto candidate = at(phase, distance);
  candidate.silent_for = 50min;
  return candidate;
}

TEST(Selection, ASilentSourceYieldsToAnAnsweringOneThatClaimsLess) {
  const Selection chosen = select(std::vector{silent(0ms, 60ms), at(1ms, 20ms)}, {});
  EXPECT_EQ(chosen.survivors, std::vector<std::size_t>{1});
  EXPECT_EQ(chosen.verdicts[0].state, SourceState::outlier);
  EXPECT_EQ(chosen.verdicts[0].reason, "silent for 50.0 min, its interval has grown to +-60.4 ms");
}

TEST(Selection, ASilentSourceStaysWhileItStillKnowsBest) {
  const Selection chosen = select(std::vector{silent(0ms, 10ms), at(1ms, 20ms)}, {});
  EXPECT_EQ(chosen.survivors, (std::vector<std::size_t>{0, 1}));
}

TEST(Selection, WhereAllAreSilentNobodyGoes) {
  EXPECT_EQ(select(std::vector{silent(0ms, 60ms)}, {}).survivors, std::vector<std::size_t>{0});
  EXPECT_EQ(select(std::vector{silent(0ms, 60ms), silent(0ms, 20ms)}, {}).survivors.size(), 2U);
}

TEST(Selection, ASilentSourceYieldsToNobodyWhoIsTrustedLess) {
  auto trusted = silent(0ms, 60ms);
  trusted.trust = true;
  EXPECT_EQ(select(std::vector{trusted, at(1ms, 20ms)}, {}).survivors.size(), 2U);
  auto required = silent(0ms, 60ms);
  required.require = true;
  EXPECT_EQ(select(std::vector{required, at(1ms, 20ms)}, {}).survivors.size(), 2U);
}

TEST(Selection, HasNothingToSayWithoutSources) {
  const Selection nothing = select({}, {});
  EXPECT_TRUE(nothing.survivors.empty());
  EXPECT_FALSE(nothing.majority_lost);
}

}  // namespace
}  // namespace slewd::core
