#include "agent/core/delay_model.hpp"

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

}  // namespace
}  // namespace slewd::core
