// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/frequency_trust.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

constexpr Ppm kWellKnown{0.1};

// One estimate each minute.
class TrustRun {
 public:
  void show(Ppm frequency, Nanos time, std::size_t sources = 1, Ppm sd = kWellKnown) {
    for (const MonoTime end = now_ + time; now_ < end; now_ += 1min)
      trust.note(frequency, sd, sources, now_);
  }

  FrequencyTrust trust{kUsualMaxFrequency};

 private:
  MonoTime now_{1h};
};

TEST(FrequencyTrust, AUsualOscillatorMayBeFollowedAtOnce) {
  const FrequencyTrust trust{kUsualMaxFrequency};
  EXPECT_EQ(trust.limit(), kPlausibleOscillator);
  EXPECT_FALSE(trust.implausible());
}

TEST(FrequencyTrust, ABadlyCalibratedCounterIsTrustedAfterAnHour) {
  FrequencyTrust trust{kUsualMaxFrequency};
  for (Nanos at = 0s; at < 1h; at += 1min) {
    trust.note(Ppm{-1944}, kWellKnown, 1, MonoTime{at});
    EXPECT_TRUE(trust.implausible());
    ASSERT_EQ(trust.limit(), kPlausibleOscillator) << "too early";
  }
  trust.note(Ppm{-1944}, kWellKnown, 1, MonoTime{1h});
  EXPECT_GE(trust.limit(), Ppm{1944});
  EXPECT_LE(trust.limit(), Ppm{2000});
  EXPECT_TRUE(trust.implausible()) << "trusted, and still to be warned of";
}

TEST(FrequencyTrust, AnHourOfVagueFrequenciesIsNoHourOfTrust) {
  TrustRun run;
  run.show(Ppm{510}, 1min);
  run.show(Ppm{515}, 2h, 1, Ppm{15});
  EXPECT_EQ(run.trust.limit(), kPlausibleOscillator);
  run.show(Ppm{700}, 1min);
  EXPECT_EQ(run.trust.limit(), kPlausibleOscillator);
}

TEST(FrequencyTrust, AFrequencyThatIsWalkedAwayInSmallRampsIsNeverTrusted) {
  FrequencyTrust trust{kUsualMaxFrequency};
  Ppm frequency{480};
  for (int minute = 0; minute < 8 * 60; ++minute) {
    if (minute % 10 == 0) frequency = frequency + Ppm{10};
    trust.note(frequency, kWellKnown, 1, MonoTime{minute * 1min});
    ASSERT_EQ(trust.limit(), kPlausibleOscillator) << frequency.value << " ppm";
  }
  EXPECT_TRUE(trust.implausible());
}

TEST(FrequencyTrust, ATemperatureMovesAnOscillatorByLittleAndDoesNotBeginTheHourAnew) {
  FrequencyTrust trust{kUsualMaxFrequency};
  for (int minute = 0; minute <= 60; ++minute)
    trust.note(Ppm{560.0 + minute % 20}, kWellKnown, 1, MonoTime{minute * 1min});
  EXPECT_GE(trust.limit(), Ppm{579});
}

TEST(FrequencyTrust, AFrequencyThatBecomesUsualAgainBeginsTheHourAnew) {
  FrequencyTrust trust{kUsualMaxFrequency};
  for (int minute = 0; minute < 100; ++minute)
    trust.note(minute == 50 ? Ppm{20} : Ppm{560}, kWellKnown, 1, MonoTime{minute * 1min});
  EXPECT_EQ(trust.limit(), kPlausibleOscillator);
  trust.note(Ppm{20}, kWellKnown, 1, MonoTime{100min});
  EXPECT_FALSE(trust.implausible());
}

TEST(FrequencyTrust, NothingIsProgrammedBeyondWhatIsConfigured) {
  FrequencyTrust trust{Ppm{1000}};
  for (int minute = 0; minute <= 120; ++minute)
    trust.note(Ppm{1944}, kWellKnown, 1, MonoTime{minute * 1min});
  EXPECT_EQ(trust.limit(), Ppm{1000});
  trust.set_most(Ppm{100});
  EXPECT_EQ(trust.limit(), Ppm{100});
}

TEST(FrequencyTrust, WhoConfiguresMoreThanTheDefaultDoesNotWaitAnHour) {
  FrequencyTrust trust{kUsualMaxFrequency};
  trust.set_most(Ppm{20'000});
  EXPECT_EQ(trust.limit(), Ppm{20'000});
}

TEST(FrequencyTrust, OnlyAFrequencyThatIsKnownWellIsProven) {
  FrequencyTrust trust{kUsualMaxFrequency};
  trust.note(Ppm{30}, Ppm{6}, 1, MonoTime{0s});
  EXPECT_FALSE(trust.proven());
  trust.note(Ppm{12}, Ppm{4}, 1, MonoTime{16s});
  EXPECT_EQ(trust.proven(), Ppm{12});
  trust.note(Ppm{-180}, Ppm{50}, 1, MonoTime{32s});
  EXPECT_EQ(trust.proven(), Ppm{12}) << "the last one that was proven is held";
}

TEST(FrequencyTrust, AUsualOscillatorIsNoNews) {
  TrustRun run;
  run.show(Ppm{-90}, 24h);
  EXPECT_EQ(run.trust.state(), FrequencyState::plausible);
  EXPECT_EQ(run.trust.doubt(), "");
  EXPECT_EQ(run.trust.limit(), kPlausibleOscillator);
}

TEST(FrequencyTrust, ARampIsAWarningThatNamesIt) {
  TrustRun run;
  for (double ppm = 0; ppm < 1320; ppm += 10) run.show(Ppm{ppm}, 10min);
  EXPECT_EQ(run.trust.limit(), kPlausibleOscillator);
  EXPECT_EQ(run.trust.doubt(),
            "the sources show an oscillator of 1310 ppm; above 500 ppm a server is more likely "
            "wrong than a clock");
}

TEST(FrequencyTrust, WhatIsBeyondTheConfiguredLimitIsAWarningOfItsOwn) {
  TrustRun run;
  run.show(Ppm{-3000}, 2h);
  EXPECT_EQ(run.trust.limit(), kUsualMaxFrequency);
  EXPECT_EQ(run.trust.state(), FrequencyState::beyond_limit);
  EXPECT_EQ(run.trust.doubt(),
            "the sources show an oscillator of -3000 ppm, beyond steering.max_frequency (2500 "
            "ppm); a server is more likely wrong than a clock");
  run.trust.set_most(Ppm{4000});
  EXPECT_EQ(run.trust.state(), FrequencyState::implausible);
  EXPECT_EQ(run.trust.limit(), Ppm{4000});
}

TEST(FrequencyTrust, TheWarningDoesNotFlutterAtItsEdge) {
  TrustRun run;
  run.show(Ppm{501}, 1min);
  for (int i = 0; i < 10; ++i) {
    run.show(Ppm{499}, 1min);
    EXPECT_TRUE(run.trust.implausible());
    run.show(Ppm{501}, 1min);
  }
  run.show(Ppm{474}, 1min);
  EXPECT_FALSE(run.trust.implausible());
}

TEST(FrequencyTrust, ALoneSourceThatWalksAwayIsAWarningLongBeforeItIsImplausible) {
  TrustRun run;
  run.show(Ppm{10}, 1h);
  for (double ppm = 20; ppm <= 110; ppm += 10) run.show(Ppm{ppm}, 10min);
  EXPECT_EQ(run.trust.state(), FrequencyState::plausible);
  run.show(Ppm{120}, 10min);
  EXPECT_EQ(run.trust.state(), FrequencyState::changed);
  EXPECT_EQ(run.trust.doubt(),
            "a lone source shows that the oscillator has changed to 120 ppm from 10 ppm; a server "
            "is more likely wrong than a clock");
}

TEST(FrequencyTrust, ALoneSourcesChangeIsUsualAfterADay) {
  TrustRun run;
  run.show(Ppm{10}, 1h);
  run.show(Ppm{200}, 23h);
  EXPECT_EQ(run.trust.state(), FrequencyState::changed);
  run.show(Ppm{200}, 2h);
  EXPECT_EQ(run.trust.state(), FrequencyState::plausible);
}

TEST(FrequencyTrust, AChangeThatTwoSourcesShowOrAnEventExplainsIsNoWarning) {
  TrustRun run;
  run.show(Ppm{10}, 1h, 2);
  run.show(Ppm{200}, 10min, 2);
  EXPECT_EQ(run.trust.state(), FrequencyState::plausible);
  run.trust.expect_change();
  run.show(Ppm{-200}, 10min, 1);
  EXPECT_EQ(run.trust.state(), FrequencyState::plausible);
}

TEST(FrequencyTrust, WhatIsNotKnownWellHasNotChanged) {
  TrustRun run;
  run.show(Ppm{10}, 1h);
  run.show(Ppm{200}, 10min, 1, Ppm{50});
  EXPECT_EQ(run.trust.state(), FrequencyState::plausible);
  EXPECT_EQ(run.trust.proven(), Ppm{10});
}

TEST(FrequencyTrust, AVagueFrequencyEndsNoWarning) {
  FrequencyTrust trust{kUsualMaxFrequency};
  trust.note(Ppm{600}, kWellKnown, 3, MonoTime{0s});
  trust.note(Ppm{240}, Ppm{90}, 3, MonoTime{64s});
  EXPECT_EQ(trust.state(), FrequencyState::implausible) << "600 ppm is still in force";
  trust.note(Ppm{12}, Ppm{2}, 3, MonoTime{128s});
  EXPECT_EQ(trust.state(), FrequencyState::plausible);
}

}  // namespace
}  // namespace slewd::core
