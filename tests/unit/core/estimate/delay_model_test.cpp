// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/delay_model.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

Sample with_delay(Nanos delay) {
  Sample sample;
  sample.delay = delay;
  return sample;
}

TEST(DelayModel, ALatePacketCountsForLessThanAPromptOne) {
  DelayModel model;
  for (int i = 0; i < 20; ++i) (void)model.add(with_delay(1ms + i % 3 * 10us));
  const double prompt = model.add(with_delay(1ms)).variance();
  const double late = model.add(with_delay(5ms)).variance();
  EXPECT_GT(late, 100 * prompt);
  EXPECT_NEAR(std::sqrt(late), 4e-3 / std::sqrt(12.0), 0.4e-3);
}

TEST(DelayModel, KeepsTheMinimumThroughASingleSlowPacket) {
  DelayModel model;
  for (int i = 0; i < 20; ++i) (void)model.add(with_delay(1ms));
  (void)model.add(with_delay(30ms));
  EXPECT_EQ(model.minimum(), 1ms);
}

TEST(DelayModel, TheLeastOfFewDelaysIsDoubtedByWhatTheOthersWaited) {
  DelayModel model;
  for (const Nanos delay : {70'700us, 70'400us, 70'450us, 70'200us, 71'100us})
    (void)model.add(with_delay(delay));
  EXPECT_GT(model.add(with_delay(20'600us)).floor, 10e-3);
  for (int i = 0; i < 100; ++i) (void)model.add(with_delay(20'600us + i % 4 * 20us));
  EXPECT_LT(model.add(with_delay(20'600us)).floor, 20e-6);
}

TEST(DelayModel, BelievesALongerRouteAfterEightSamples) {
  DelayModel model;
  for (int i = 0; i < 40; ++i) (void)model.add(with_delay(1ms + i % 4 * 20us));
  int needed = 0;
  while (model.minimum() < 20ms && needed < 50) {
    (void)model.add(with_delay(20ms + needed % 4 * 20us));
    ++needed;
  }
  EXPECT_GE(needed, 6);
  EXPECT_LE(needed, 12);
}

TEST(DelayModel, TakesAShorterRouteAtOnce) {
  DelayModel model;
  for (int i = 0; i < 20; ++i) (void)model.add(with_delay(20ms));
  (void)model.add(with_delay(1ms));
  EXPECT_EQ(model.minimum(), 1ms);
}

TEST(DelayModel, SaysWhichRouteWasLeftAndByHowMuchTheNewOneIsLonger) {
  DelayModel model;
  DelayNoise last;
  for (int i = 0; i < 40; ++i) last = model.add(with_delay(1ms));
  const std::uint32_t old = last.route;
  EXPECT_EQ(last.from, old);
  for (int i = 0; i < 8; ++i) last = model.add(with_delay(20ms));
  EXPECT_NE(last.route, old);
  EXPECT_EQ(last.from, old);
  EXPECT_EQ(last.longer, 19ms);
  EXPECT_EQ(last.excess, 0ms);
  const DelayNoise next = model.add(with_delay(20ms));
  EXPECT_EQ(next.route, last.route);
  EXPECT_EQ(next.from, last.route) << "it has been found before";
  EXPECT_EQ(next.longer, 0ms);
}

TEST(DelayModel, ReturnsToAKnownLongerRouteAfterThreeSamples) {
  DelayModel model;
  DelayNoise longer;
  for (int i = 0; i < 40; ++i) (void)model.add(with_delay(1ms));
  for (int i = 0; i < 20; ++i) longer = model.add(with_delay(20ms));
  for (int i = 0; i < 20; ++i) (void)model.add(with_delay(1ms));
  for (int i = 0; i < 2; ++i) EXPECT_NE(model.add(with_delay(20ms)).route, longer.route);
  EXPECT_EQ(model.add(with_delay(20ms)).route, longer.route);
}

TEST(DelayModel, ReturnsToAKnownShorterRouteAtOnce) {
  DelayModel model;
  DelayNoise shorter;
  for (int i = 0; i < 40; ++i) shorter = model.add(with_delay(1ms));
  for (int i = 0; i < 20; ++i) (void)model.add(with_delay(20ms));
  const DelayNoise back = model.add(with_delay(1ms + 5us));
  EXPECT_EQ(back.route, shorter.route);
  EXPECT_EQ(back.from, back.route) << "it is not a new one";
  EXPECT_EQ(back.excess, 5us);
}

TEST(DelayModel, ALongerRouteIsADetourWhileTheShorterOneIsInUse) {
  DelayModel model;
  DelayNoise last;
  for (int i = 0; i < 40; ++i) last = model.add(with_delay(1ms));
  EXPECT_EQ(last.detour, 0ms);
  for (int i = 0; i < 8; ++i) last = model.add(with_delay(20ms));
  EXPECT_EQ(last.detour, 19ms);
  for (int i = 0; i < 40; ++i) last = model.add(with_delay(20ms));
  EXPECT_EQ(last.detour, 0ms) << "no other is in use any more";
}

TEST(DelayModel, ScatteredDelaysAreAQueueAndNoRoute) {
  DelayModel model;
  std::uint32_t route = 0;
  for (int i = 0; i < 40; ++i) route = model.add(with_delay(1ms + i % 4 * 20us)).route;
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(model.add(with_delay(5ms + i * 7 % 10 * 1ms)).route, route) << "sample " << i;
  EXPECT_EQ(model.minimum(), 1ms);
}

TEST(DelayModel, ARampOfDelaysIsNoRoute) {
  DelayModel model;
  Sample sample = with_delay(1ms);
  for (int i = 0; i < 40; ++i) {
    sample.delay = 1ms + i % 4 * 20us;
    (void)model.add(sample);
    sample.at += 16s;
  }
  const std::uint32_t route = model.add(with_delay(1ms)).route;
  for (int i = 0; i < 110; ++i) {  // half an hour
    sample.at += 16s;
    sample.delay += 100us;
    EXPECT_EQ(model.add(sample).route, route) << "sample " << i;
  }
  EXPECT_EQ(model.minimum(), 1ms) << "what is beyond it is excess";
}

// The delay grows by 10 us and stays: too little to be told from the old route.
TEST(DelayModel, HoldsTheLeastDelayForTwoHoursAtQuickPolls) {
  DelayModel model;
  Sample sample = with_delay(1ms);
  (void)model.add(sample);
  sample.delay = 1010us;
  const auto poll_until = [&](RawTime end) {
    while (sample.at < end) {
      sample.at += 4s;
      (void)model.add(sample);
    }
  };
  poll_until(RawTime{115min});
  EXPECT_EQ(model.minimum(), 1ms);
  poll_until(RawTime{125min});
  EXPECT_EQ(model.minimum(), 1010us);
}

TEST(DelayModel, AKnownLeastDelayIsNotLearnt) {
  DelayModel model;
  model.set_minimum(1ms);
  const DelayNoise first = model.add(with_delay(3ms));
  EXPECT_EQ(first.minimum, 1ms);
  EXPECT_EQ(first.excess, 2ms);
  EXPECT_LT(first.floor, 2e-6) << "nothing is left to be learnt";
  EXPECT_EQ(model.add(with_delay(900us)).excess, 0ms);
  for (int i = 0; i < 40; ++i) (void)model.add(with_delay(5ms));
  EXPECT_EQ(model.add(with_delay(5ms)).minimum, 1ms) << "a longer route is an excess";
}

}  // namespace
}  // namespace slewd::core
