#include "agent/core/frequency_trust.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

constexpr Ppm kWellKnown{0.1};

TEST(FrequencyTrust, AUsualOscillatorMayBeFollowedAtOnce) {
  const FrequencyTrust trust{kUsualMaxFrequency};
  EXPECT_EQ(trust.limit(), kPlausibleOscillator);
  EXPECT_FALSE(trust.implausible());
}

TEST(FrequencyTrust, ABadlyCalibratedCounterIsTrustedAfterAnHour) {
  FrequencyTrust trust{kUsualMaxFrequency};
  for (Nanos at = 0s; at < 1h; at += 1min) {
    trust.note(Ppm{-1944}, kWellKnown, MonoTime{at});
    EXPECT_TRUE(trust.implausible());
    ASSERT_EQ(trust.limit(), kPlausibleOscillator) << "too early";
  }
  trust.note(Ppm{-1944}, kWellKnown, MonoTime{1h});
  EXPECT_GE(trust.limit(), Ppm{1944});
  EXPECT_LE(trust.limit(), Ppm{2000});
  EXPECT_TRUE(trust.implausible()) << "trusted, and still to be warned of";
}

TEST(FrequencyTrust, AFrequencyThatIsWalkedAwayInSmallRampsIsNeverTrusted) {
  FrequencyTrust trust{kUsualMaxFrequency};
  Ppm frequency{480};
  for (int minute = 0; minute < 8 * 60; ++minute) {
    if (minute % 10 == 0) frequency = frequency + Ppm{10};
    trust.note(frequency, kWellKnown, MonoTime{minute * 1min});
    ASSERT_EQ(trust.limit(), kPlausibleOscillator) << frequency.value << " ppm";
  }
  EXPECT_TRUE(trust.implausible());
}

TEST(FrequencyTrust, ATemperatureMovesAnOscillatorByLittleAndDoesNotBeginTheHourAnew) {
  FrequencyTrust trust{kUsualMaxFrequency};
  for (int minute = 0; minute <= 60; ++minute)
    trust.note(Ppm{560.0 + minute % 20}, kWellKnown, MonoTime{minute * 1min});
  EXPECT_GE(trust.limit(), Ppm{579});
}

TEST(FrequencyTrust, AFrequencyThatBecomesUsualAgainBeginsTheHourAnew) {
  FrequencyTrust trust{kUsualMaxFrequency};
  for (int minute = 0; minute < 100; ++minute)
    trust.note(minute == 50 ? Ppm{20} : Ppm{560}, kWellKnown, MonoTime{minute * 1min});
  EXPECT_EQ(trust.limit(), kPlausibleOscillator);
  trust.note(Ppm{20}, kWellKnown, MonoTime{100min});
  EXPECT_FALSE(trust.implausible());
}

TEST(FrequencyTrust, NothingIsProgrammedBeyondWhatIsConfigured) {
  FrequencyTrust trust{Ppm{1000}};
  for (int minute = 0; minute <= 120; ++minute)
    trust.note(Ppm{1944}, kWellKnown, MonoTime{minute * 1min});
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
  trust.note(Ppm{30}, Ppm{6}, MonoTime{0s});
  EXPECT_FALSE(trust.proven());
  trust.note(Ppm{12}, Ppm{4}, MonoTime{16s});
  EXPECT_EQ(trust.proven(), Ppm{12});
  trust.note(Ppm{-180}, Ppm{50}, MonoTime{32s});
  EXPECT_EQ(trust.proven(), Ppm{12}) << "the last one that was proven is held";
}

}  // namespace
}  // namespace slewd::core
