// SPDX-License-Identifier: Apache-2.0
#include "sim/link.hpp"

#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

Link make_link() { return Link(Random(1, "link")); }

TEST(Link, DelaysEachPacketByAtLeastTheFixedDelayAndTheMeanJitterOnTop) {
  Link link = make_link();
  const LinkLaw law{.delay = 20ms, .jitter = 1ms};
  Nanos sum{};
  constexpr int kPackets = 50'000;
  for (int i = 0; i < kPackets; ++i) {
    const Link::Arrivals arrivals = link.carry(law);
    ASSERT_EQ(arrivals.count, 1U);
    ASSERT_GE(arrivals.after[0], 20ms);
    sum += arrivals.after[0] - 20ms;
  }
  EXPECT_NEAR(to_seconds(sum) / kPackets, 1e-3, 2e-5);
}

TEST(Link, WithoutJitterIsExact) {
  Link link = make_link();
  EXPECT_EQ(link.carry({.delay = 5ms}).after[0], 5ms);
}

TEST(Link, LosesDuplicatesAndHoldsBackAsOftenAsItIsTold) {
  Link link = make_link();
  const LinkLaw law{.delay = 1ms, .loss = 0.2, .duplicate = 0.1, .hold_back = 0.05};
  int lost = 0;
  int twice = 0;
  int held = 0;
  constexpr int kPackets = 50'000;
  for (int i = 0; i < kPackets; ++i) {
    const Link::Arrivals arrivals = link.carry(law);
    if (arrivals.count == 0) ++lost;
    if (arrivals.count == 2) ++twice;
    if (arrivals.count > 0 && arrivals.after[0] >= 1s) ++held;
  }
  EXPECT_NEAR(lost, 0.2 * kPackets, 500);
  EXPECT_NEAR(twice, 0.8 * 0.1 * kPackets, 300);
  EXPECT_NEAR(held, 0.8 * 0.05 * kPackets, 250);
}

TEST(Link, GivesTheSamePacketTheSameDelayWhateverElseHappens) {
  Link calm = make_link();
  Link rough = make_link();
  const LinkLaw calm_law{.delay = 1ms, .jitter = 1ms};
  const LinkLaw rough_law{.delay = 1ms, .jitter = 1ms, .loss = 0.5, .duplicate = 0.5};
  for (int i = 0; i < 1000; ++i) {
    const Link::Arrivals a = calm.carry(calm_law);
    const Link::Arrivals b = rough.carry(rough_law);
    if (b.count > 0) {
      ASSERT_EQ(a.after[0], b.after[0]) << i;
    }
  }
}

constexpr int kPacketsSent = 20'000;

Nanos delay_at(Link& link, const LinkLaw& law, Nanos elapsed) {
  return link.carry(law, elapsed).after[0];
}

TEST(Link, TakesALongerRouteInItsTimeOfEachPeriodAndTheUsualOneBetween) {
  Link link = make_link();
  const LinkLaw law{
      .delay = 10ms,
      .disturbances = {{.every = 40min, .from = 5min, .length = 20min, .delay = 6ms}}};
  EXPECT_EQ(delay_at(link, law, 4min), 10ms);
  EXPECT_EQ(delay_at(link, law, 5min), 16ms);
  EXPECT_EQ(delay_at(link, law, 25min), 16ms);
  EXPECT_EQ(delay_at(link, law, 26min), 10ms);
  EXPECT_EQ(delay_at(link, law, 10h + 10min), 16ms);
}

TEST(Link, TakesALongerRouteOnceAndOneWithoutALengthForGood) {
  Link link = make_link();
  const LinkLaw once{.disturbances = {{.from = 12h, .length = 3h, .delay = 8ms}}};
  EXPECT_EQ(delay_at(link, once, 11h), 0ms);
  EXPECT_EQ(delay_at(link, once, 13h), 8ms);
  EXPECT_EQ(delay_at(link, once, 16h), 0ms);
  const LinkLaw lasting{.disturbances = {{.from = 12h, .delay = 8ms}}};
  EXPECT_EQ(delay_at(link, lasting, 11h), 0ms);
  EXPECT_EQ(delay_at(link, lasting, 1000h), 8ms);
}

TEST(Link, LengthensARouteLittleByLittle) {
  Link link = make_link();
  const LinkLaw law{.disturbances = {{.every = 1h, .from = 10min, .delay = 500ms, .ramp = 100s}}};
  EXPECT_EQ(delay_at(link, law, 10min), 0ms);
  EXPECT_EQ(delay_at(link, law, 10min + 10s), 50ms);
  EXPECT_EQ(delay_at(link, law, 15min), 500ms);
  EXPECT_EQ(delay_at(link, law, 70min + 50s), 250ms);
}

TEST(Link, SendsAShareOfThePacketsByAnotherRoute) {
  Link link = make_link();
  const LinkLaw law{.delay = 10ms, .disturbances = {{.chance = 0.25, .delay = 4ms}}};
  int longer = 0;
  for (int i = 0; i < kPacketsSent; ++i) {
    const Nanos delay = delay_at(link, law, 1h);
    ASSERT_TRUE(delay == 10ms || delay == 14ms);
    if (delay == 14ms) ++longer;
  }
  EXPECT_NEAR(longer, 0.25 * kPacketsSent, 300);
}

TEST(Link, AddsUpWhatDisturbancesDoAtOneTime) {
  Link link = make_link();
  const LinkLaw law{
      .disturbances = {{.delay = 3ms}, {.from = 1h, .delay = 4ms}, {.from = 2h, .loss = 1}}};
  EXPECT_EQ(delay_at(link, law, 0s), 3ms);
  EXPECT_EQ(delay_at(link, law, 90min), 7ms);
  EXPECT_EQ(link.carry(law, 2h).count, 0U);
}

TEST(Link, QueuesForAnExponentialTimeWhileItIsCongested) {
  Link link = make_link();
  const LinkLaw law{.disturbances = {{.every = 24h, .from = 8h, .length = 8h, .jitter = 5ms}}};
  Nanos sum{};
  for (int i = 0; i < kPacketsSent; ++i) sum += delay_at(link, law, 9h);
  EXPECT_NEAR(to_seconds(sum) / kPacketsSent, 5e-3, 2e-4);
  EXPECT_EQ(delay_at(link, law, 7h), 0s);
}

TEST(Link, DisturbsWithNumbersThatFurtherDisturbancesDoNotShift) {
  Link one = make_link();
  Link two = make_link();
  const LinkLaw alone{.jitter = 1ms, .disturbances = {{.chance = 0.5, .jitter = 1ms}}};
  LinkLaw both = alone;
  both.disturbances.push_back({.from = 1h, .chance = 0.5, .jitter = 1ms, .loss = 0.5});
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ(one.carry(alone, 1min).after[0], two.carry(both, 1min).after[0]) << i;
}

}  // namespace
}  // namespace slewd::sim
