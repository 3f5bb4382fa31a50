#include "agent/core/source_track.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

class Track {
 public:
  void hear(Nanos phase, bool accept_any = false) {
    now_ += spacing;
    Sample sample;
    sample.at = now_;
    sample.phase = phase;
    sample.delay = 1ms;
    anew = track.add(sample, 128ms, accept_any);
  }
  [[nodiscard]] SourceTrack::Claim claim() const { return track.claim(now_); }

  SourceTrack track;
  Nanos spacing = 16s;
  bool anew = false;  // what add() has said last

 private:
  RawTime now_;
};

TEST(SourceTrack, ClaimsWhatItsSamplesSay) {
  Track track;
  for (int i = 0; i < 10; ++i) track.hear(3ms);
  EXPECT_LT(magnitude(track.claim().estimate.phase - 3ms), 100us);
  EXPECT_FALSE(track.claim().dissents);
}

TEST(SourceTrack, TellsWhenSurprisesMadeItBeginAnew) {
  Track track;
  track.spacing = 2s;
  int began_anew = 0;
  for (int i = 0; i < 40; ++i) {  // 50,000 ppm, where 100 were thought possible
    track.hear(i * 100ms, true);
    if (track.anew) ++began_anew;
  }
  EXPECT_GE(began_anew, 1);
  EXPECT_FALSE(track.anew) << "by now it is known";
  EXPECT_NEAR(track.claim().estimate.frequency, 0.05, 1e-4);
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

TEST(SourceTrack, RootDistanceGrowsWithAge) {
  Track track;
  track.hear(0ms);
  EXPECT_GT(track.track.root_distance(RawTime{1016s}),
            track.track.root_distance(RawTime{16s}) + 14ms);
}

}  // namespace
}  // namespace slewd::core
