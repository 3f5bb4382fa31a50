// SPDX-License-Identifier: Apache-2.0
// The judge against made-up surprises. A source's samples are known to 50 us and it claims to be
// within 1 ms, unless a test says otherwise.
#include "agent/core/estimate/move_judge.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;
using Kind = Movement::Kind;

class Jury {
 public:
  explicit Jury(PathId sources) {
    usual.sd = 100e-6;
    usual.noise = 50e-6;
    usual.distance = 1e-3;
    usual.interval = 64;
    for (PathId i = 0; i < sources; ++i) voters.push_back(i);
  }
  // One second later, `source` is `residual` s from where it was foretold.
  Movement hear(PathId source, double residual) { return hear_after(1s, source, residual); }
  Movement hear_after(Nanos wait, PathId source, double residual) {
    now += wait;
    usual.source = source;
    usual.at = now;
    usual.residual = residual;
    return judge.judge(usual, voters, quick);
  }

  MoveJudge judge;
  std::vector<PathId> voters;
  bool quick = false;
  RawTime now;
  Surprise usual;
};

TEST(MoveJudge, WhatIsWhereItWasForetoldIsNoMove) {
  Jury jury(3);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(jury.hear(static_cast<PathId>(i % 3), i % 2 == 0 ? 300e-6 : -300e-6).kind,
              Kind::none);
  EXPECT_FALSE(jury.judge.open());
}

TEST(MoveJudge, WhatAMajorityShowsIsTheClockAtItsFirstSamples) {
  for (const double move : {5e-3, 20e-3, 100e-3}) {
    Jury jury(3);
    for (PathId i = 0; i < 3; ++i) (void)jury.hear(i, 0);
    EXPECT_EQ(jury.hear_after(64s, 0, move).kind, Kind::open);
    const Movement found = jury.hear(1, move + 100e-6);
    EXPECT_EQ(found.kind, Kind::clock);
    EXPECT_TRUE(found.confirmed);
    EXPECT_FALSE(found.lone);
    EXPECT_NEAR(found.by, move, 200e-6);
    EXPECT_EQ(found.alike, (std::vector<PathId>{0, 1}));
    EXPECT_FALSE(jury.judge.open());
  }
}

TEST(MoveJudge, TwoOfFourAreNoMajority) {
  Jury jury(4);
  EXPECT_EQ(jury.hear(0, 20e-3).kind, Kind::open);
  EXPECT_EQ(jury.hear(1, 20e-3).kind, Kind::open);
  EXPECT_NE(jury.hear(2, 0).kind, Kind::clock);
  EXPECT_NE(jury.hear(3, 0).kind, Kind::clock);
}

TEST(MoveJudge, ASourceThatHasMovedAloneIsFoundAtOneSampleOfEachOther) {
  Jury jury(3);
  EXPECT_EQ(jury.hear(2, 100e-3).kind, Kind::open);
  EXPECT_EQ(jury.hear(0, 0).kind, Kind::none) << "not yet known";
  EXPECT_TRUE(jury.judge.open());
  const Movement found = jury.hear(1, 0);
  EXPECT_EQ(found.kind, Kind::source);
  EXPECT_EQ(found.source, 2U);
  EXPECT_NEAR(found.by, 100e-3, 1e-9);
  EXPECT_FALSE(jury.judge.open());
}

TEST(MoveJudge, SourcesThatMoveDifferentlyAreNotTheClock) {
  Jury jury(3);
  EXPECT_EQ(jury.hear(0, 20e-3).kind, Kind::open);
  EXPECT_EQ(jury.hear(1, -20e-3).kind, Kind::open);
  EXPECT_NE(jury.hear(2, 0).kind, Kind::clock);
}

TEST(MoveJudge, ALoneSourceIsBelievedWhenThreeOfItsSamplesAgree) {
  Jury jury(1);
  EXPECT_EQ(jury.hear_after(64s, 0, 100e-3).kind, Kind::open);
  EXPECT_EQ(jury.hear_after(2s, 0, 100e-3).kind, Kind::open);
  const Movement found = jury.hear_after(2s, 0, 100e-3);
  EXPECT_EQ(found.kind, Kind::clock);
  EXPECT_TRUE(found.lone);
  EXPECT_FALSE(found.confirmed);
  EXPECT_NEAR(found.by, 100e-3, 1e-9);
}

TEST(MoveJudge, AtAStartTwoOfALoneSourceSuffice) {
  Jury jury(1);
  jury.quick = true;
  EXPECT_EQ(jury.hear_after(2s, 0, 20e-3).kind, Kind::open);
  EXPECT_EQ(jury.hear_after(2s, 0, 20e-3).kind, Kind::clock);
}

TEST(MoveJudge, SamplesOfALoneSourceThatContradictEachOtherShowNothing) {
  Jury jury(1);
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(jury.hear_after(2s, 0, i % 2 == 0 ? 100e-3 : -100e-3).kind, Kind::open) << i;
}

TEST(MoveJudge, AnOutlierThatReturnsWasOnePacket) {
  Jury jury(1);
  (void)jury.hear(0, 100e-3);
  (void)jury.hear(0, 100e-3);
  EXPECT_EQ(jury.hear(0, 0).kind, Kind::none);
  EXPECT_FALSE(jury.judge.open());
  EXPECT_EQ(jury.hear(0, 100e-3).kind, Kind::open) << "counted anew";
}

TEST(MoveJudge, AnOutlierThatReturnsLeavesNothingForTheOthersToConfirm) {
  Jury jury(3);
  (void)jury.hear(0, 100e-3);
  (void)jury.hear(0, 0);
  EXPECT_EQ(jury.hear(1, 100e-3).kind, Kind::open);
}

TEST(MoveJudge, ASmallSurpriseOfALoneSourceIsLeftToTheFilters) {
  Jury jury(1);
  EXPECT_EQ(jury.hear_after(64s, 0, 700e-6).kind, Kind::none) << "an unsteady oscillator";
  EXPECT_FALSE(jury.judge.open());
  EXPECT_EQ(jury.hear_after(64s, 0, 3e-3).kind, Kind::open);
  Jury two(2);
  EXPECT_EQ(two.hear_after(64s, 0, 700e-6).kind, Kind::open) << "another one can tell";
}

TEST(MoveJudge, AVoterThatDoesNotAnswerLeavesTheQuestionOpen) {
  Jury jury(5);
  EXPECT_EQ(jury.hear(0, 100e-3).kind, Kind::open);
  EXPECT_EQ(jury.hear_after(15s, 1, 100e-3).kind, Kind::open) << "two of five are no majority";
  EXPECT_EQ(jury.hear_after(15s, 0, 100e-3).kind, Kind::open);
  EXPECT_EQ(jury.hear(2, 100e-3).kind, Kind::clock);
}

TEST(MoveJudge, WhatASourceHasSaidBeforeIsNoVote) {
  Jury jury(2);
  (void)jury.hear(1, 0);
  EXPECT_EQ(jury.hear_after(64s, 0, 100e-3).kind, Kind::open);
  EXPECT_EQ(jury.hear(1, 100e-3).kind, Kind::clock);
}

TEST(MoveJudge, WhoTakesNoPartHasNoVote) {
  Jury jury(4);
  jury.voters = {0, 1, 2};
  EXPECT_EQ(jury.hear(0, 100e-3).kind, Kind::open);
  (void)jury.hear(3, 100e-3);
  EXPECT_TRUE(jury.judge.open());
  EXPECT_NE(jury.hear(1, 0).kind, Kind::clock);
  EXPECT_NE(jury.hear(2, 0).kind, Kind::clock);
}

// Three servers far from their reference have moved; each of them admits that the clock may stand
// where it stood, and the two precise ones show that it does.
TEST(MoveJudge, IntervalsThatHoldTheUnmovedClockOutvoteAMove) {
  Jury jury(5);
  const auto vague = [&](PathId source) {
    jury.usual.distance = 20e-3;
    return jury.hear(source, 5e-3).kind;
  };
  const auto precise = [&](PathId source) {
    jury.usual.distance = 0.2e-3;
    return jury.hear(source, 0).kind;
  };
  EXPECT_EQ(vague(0), Kind::open);
  EXPECT_EQ(precise(3), Kind::source);
  (void)precise(4);
  EXPECT_NE(vague(1), Kind::clock);
  EXPECT_NE(vague(2), Kind::clock);
}

TEST(MoveJudge, IntervalsThatHoldTheMovedClockAreNoVoteAgainstIt) {
  Jury jury(3);
  jury.usual.distance = 20e-3;
  (void)jury.hear(0, 5e-3);
  EXPECT_EQ(jury.hear(1, 5e-3).kind, Kind::clock);
}

TEST(MoveJudge, ALeapOfTheOscillatorBy1000PpmIsALine) {
  Jury jury(1);
  Movement found;
  int samples = 0;
  while (found.kind != Kind::oscillator && samples < 12) {
    ++samples;
    found = jury.hear_after(2s, 0, samples * 2.1e-3);
    EXPECT_NE(found.kind, Kind::clock) << "sample " << samples;
  }
  EXPECT_EQ(samples, 5);
  EXPECT_NEAR(found.frequency, 1050e-6, 1e-6);
  EXPECT_LT(found.sd_frequency, 100e-6);
}

TEST(MoveJudge, ALineOfManySourcesIsTheOscillatorToo) {
  Jury jury(3);
  Movement found;
  double found_so_far = 0;
  int samples = 0;
  while (found.kind != Kind::oscillator && samples < 20) {
    ++samples;
    // What was believed to be a move of the clock is foretold from then on.
    found = jury.hear(static_cast<PathId>(samples % 3), samples * 2e-3 - found_so_far);
    if (found.kind == Kind::clock) found_so_far += found.by;
  }
  EXPECT_LE(samples, 15);
  EXPECT_NEAR(found.frequency, 2000e-6, 100e-6);
}

TEST(MoveJudge, ManySourcesInQuickSuccessionHideNoLine) {
  Jury jury(4);
  Movement found;
  double believed = 0;
  int samples = 0;
  while (found.kind != Kind::oscillator && samples < 40) {
    ++samples;
    found = jury.hear_after(500ms, static_cast<PathId>(samples % 4), samples * 0.5e-3 - believed);
    if (found.kind == Kind::clock) believed += found.by;
  }
  EXPECT_LE(samples, 24);
  EXPECT_NEAR(found.frequency, 1000e-6, 50e-6);
}

TEST(MoveJudge, ASlowLineIsLeftToTheFilters) {
  Jury jury(1);
  double believed = 0;
  for (int i = 1; i <= 20; ++i) {
    const Movement found = jury.hear_after(40s, 0, i * 4e-3 - believed);  // 100 ppm
    EXPECT_NE(found.kind, Kind::oscillator) << "sample " << i;
    if (found.kind == Kind::clock) believed += found.by;
  }
}

TEST(MoveJudge, TwoHeapsAreNoLine) {
  Jury jury(1);
  for (int heap = 0; heap < 2; ++heap) {
    Movement found;
    for (int i = 0; i < 3; ++i) {
      found = jury.hear_after(i == 0 ? 58s : 1s, 0, 0.1);
      EXPECT_NE(found.kind, Kind::oscillator);
    }
    EXPECT_EQ(found.kind, Kind::clock) << "heap " << heap;
  }
}

TEST(MoveJudge, ASourceOnADetourIsOffByTheDetour) {
  Jury jury(3);
  jury.usual.detour = 6e-3;
  const Movement found = jury.hear(1, -3e-3);
  EXPECT_EQ(found.kind, Kind::source);
  EXPECT_EQ(found.source, 1U);
  EXPECT_NEAR(found.by, -3e-3, 1e-9);
  EXPECT_TRUE(found.by_route);
  EXPECT_EQ(jury.hear(1, -30e-3).kind, Kind::open) << "the detour does not explain this";
}

TEST(MoveJudge, SeveralOnDetoursThatMoveAlikeAreTheClock) {
  Jury jury(3);
  jury.usual.detour = 6e-3;
  EXPECT_EQ(jury.hear(0, -5e-3).kind, Kind::source);
  EXPECT_EQ(jury.hear_after(16s, 1, -5e-3).kind, Kind::clock);
}

TEST(MoveJudge, ASourceThatLeavesTakesItsQuestionAlong) {
  Jury jury(3);
  (void)jury.hear(0, 100e-3);
  jury.judge.forget(0);
  EXPECT_FALSE(jury.judge.open());
  EXPECT_EQ(jury.hear(1, 100e-3).kind, Kind::open);
}

}  // namespace
}  // namespace slewd::core
