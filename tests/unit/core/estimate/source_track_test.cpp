// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/source_track.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

class Track {
 public:
  void hear(Nanos phase, bool accept_any = false, Nanos delay = 1ms) {
    now_ += spacing;
    Sample sample;
    sample.at = now_;
    sample.phase = phase;
    sample.delay = delay;
    track.add(sample, 128ms, accept_any);
  }
  [[nodiscard]] SourceTrack::Claim claim() const { return track.claim(now_); }

  SourceTrack track;
  Nanos spacing = 16s;

 private:
  RawTime now_;
};

TEST(SourceTrack, ClaimsWhatItsSamplesSay) {
  Track track;
  for (int i = 0; i < 10; ++i) track.hear(3ms);
  EXPECT_LT(magnitude(track.claim().estimate.phase - 3ms), 100us);
  EXPECT_FALSE(track.claim().dissents);
}

TEST(SourceTrack, AKnownAsymmetryCorrectsWhatTheDelayHasAdded) {
  // All that a round trip takes beyond 1 ms is spent on the way there: the phase reads half of it
  // too much.
  Track track;
  track.track.know_path(1ms, -0.5);
  for (const Nanos excess : {0ms, 8ms, 2ms, 20ms, 0ms, 6ms}) {
    track.hear(excess / 2, false, 1ms + excess);
    EXPECT_LT(magnitude(track.claim().estimate.phase), 1us) << excess.count();
  }
}

TEST(SourceTrack, CarriesItsLevelByTheCommonFrequency) {
  Track track;
  for (int i = 0; i < 4; ++i) track.hear(0ms);
  track.track.follow(50e-6, 1e-7, 1e-9);
  EXPECT_DOUBLE_EQ(track.claim().estimate.frequency, 50e-6);
  EXPECT_NEAR(to_seconds(track.track.claim(RawTime{1064s}).estimate.phase), 50e-3, 1e-6);
}

TEST(SourceTrack, ClaimsANewLevelBelowTheThresholdAtOnce) {
  Track track;
  for (int i = 0; i < 10; ++i) track.hear(0ms);
  track.hear(100ms);
  EXPECT_FALSE(track.claim().dissents);
  EXPECT_EQ(track.claim().estimate.phase, 100ms);
}

TEST(SourceTrack, ASourceThatWasOffAndIsBackClaimsNoFrequencyOfItsOwn) {
  Track track;
  for (int i = 0; i < 10; ++i) track.hear(0ms);
  for (int i = 0; i < 6; ++i) track.hear(100ms);
  for (int i = 0; i < 6; ++i) {
    track.hear(0ms);
    EXPECT_DOUBLE_EQ(track.claim().estimate.frequency, 0) << "sample " << i;
    EXPECT_LT(magnitude(track.claim().estimate.phase), 100us) << "sample " << i;
  }
}

TEST(SourceTrack, WhatDissentsOnALineShowsAnOscillatorThatHasChanged) {
  Track track;
  for (int i = 0; i < 10; ++i) track.hear(0ms);
  for (int i = 1; i <= 5; ++i) track.hear(i * 800ms);  // 50,000 ppm
  EXPECT_TRUE(track.claim().dissents);
  track.track.adopt_dissent();
  EXPECT_FALSE(track.claim().dissents);
  EXPECT_NEAR(track.claim().estimate.frequency, 0.05, 1e-4);
  EXPECT_LT(magnitude(track.claim().estimate.phase - 4s), 1ms);
}

TEST(SourceTrack, AFarSampleNeverEntersTheFilterButIsClaimed) {
  Track track;
  for (int i = 0; i < 10; ++i) track.hear(0ms);
  track.hear(6s);
  EXPECT_TRUE(track.claim().dissents);
  EXPECT_LT(magnitude(track.claim().estimate.phase - 6s), 1ms);
  track.track.forget_dissent();
  EXPECT_LT(magnitude(track.claim().estimate.phase), 1ms);
}

TEST(SourceTrack, AShorterRouteShowsWhatTheLongOneWasOffAndIsNoDissent) {
  Track track;
  for (int i = 0; i < 20; ++i) track.hear(200ms, false, 401ms);
  track.hear(0ms, false, 1ms);
  EXPECT_FALSE(track.claim().dissents);
  EXPECT_LT(magnitude(track.claim().estimate.phase), 1ms);
}

TEST(SourceTrack, ASampleThatAgreesAgainEndsTheDissent) {
  Track track;
  for (int i = 0; i < 10; ++i) track.hear(0ms);
  track.hear(6s);
  track.hear(0ms);
  EXPECT_FALSE(track.claim().dissents);
}

TEST(SourceTrack, AdoptsTheDissentAsTheNewTruth) {
  Track track;
  for (int i = 0; i < 10; ++i) track.hear(0ms);
  for (int i = 0; i < 5; ++i) track.hear(6s);
  track.track.adopt_dissent();
  EXPECT_FALSE(track.claim().dissents);
  EXPECT_LT(magnitude(track.claim().estimate.phase - 6s), 1ms);
}

TEST(SourceTrack, AnOutvotedSourceSettlesOnlyAfterFiveSamples) {
  Track track;
  for (int i = 0; i < 10; ++i) track.hear(0ms);
  for (int i = 0; i < 4; ++i) {
    track.hear(6s);
    track.track.settle();
    EXPECT_TRUE(track.claim().dissents);
  }
  track.hear(6s);
  track.track.settle();
  EXPECT_FALSE(track.claim().dissents);
}

TEST(SourceTrack, InHoldEveryOffsetIsTaken) {
  Track track;
  track.hear(0ms, true);
  track.hear(6s, true);
  EXPECT_FALSE(track.claim().dissents);
  EXPECT_LT(magnitude(track.claim().estimate.phase - 6s), 1ms);
}

TEST(SourceTrack, AServerThatMovedWhileTheFrequencyWasVagueIsNoOscillator) {
  Track track;
  track.hear(0ms);
  track.hear(0ms);
  for (int i = 0; i < 6; ++i) track.hear(100ms);
  EXPECT_LE(std::abs(track.claim().estimate.frequency), 500e-6);
  EXPECT_LT(magnitude(track.claim().estimate.phase - 100ms), 1ms);
}

TEST(SourceTrack, TellsWhatTheTimeSinceItsLastSampleHasAdded) {
  Track track;
  for (int i = 0; i < 10; ++i) track.hear(3ms);
  EXPECT_DOUBLE_EQ(track.claim().age_variance, 0);
  const SourceTrack::Claim later = track.track.claim(RawTime{1160s});
  const double at_its_sample = track.claim().estimate.var_phase;
  EXPECT_NEAR(later.estimate.var_phase - later.age_variance, at_its_sample, 1e-15);
  EXPECT_GT(later.age_variance, 1e-3) << "100 ppm for 1000 s";
}

TEST(SourceTrack, RootDistanceGrowsWithAge) {
  Track track;
  track.hear(0ms);
  EXPECT_GT(track.track.root_distance(RawTime{1016s}),
            track.track.root_distance(RawTime{16s}) + 14ms);
}

}  // namespace
}  // namespace slewd::core
