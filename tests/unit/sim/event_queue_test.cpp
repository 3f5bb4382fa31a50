// SPDX-License-Identifier: Apache-2.0
#include "sim/event_queue.hpp"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

TEST(EventQueue, RunsEventsByTimeAndThenByOrderOfTheirCalls) {
  EventQueue queue(kWorldStart);
  std::vector<int> ran;
  queue.at(kWorldStart + 2s, [&] { ran.push_back(3); });
  queue.at(kWorldStart + 1s, [&] { ran.push_back(1); });
  queue.at(kWorldStart + 1s, [&] { ran.push_back(2); });
  queue.at(kWorldStart + 9s, [&] { ran.push_back(4); });
  queue.run_until(kWorldStart + 2s);
  EXPECT_EQ(ran, (std::vector{1, 2, 3}));
  EXPECT_EQ(queue.now(), kWorldStart + 2s);
  EXPECT_EQ(queue.events_run(), 3U);
}

TEST(EventQueue, ShowsTheTimeOfTheRunningEvent) {
  EventQueue queue(kWorldStart);
  TrueTime seen;
  queue.at(kWorldStart + 1500ms, [&] { seen = queue.now(); });
  queue.run_until(kWorldStart + 1h);
  EXPECT_EQ(seen, kWorldStart + 1500ms);
  EXPECT_EQ(queue.now(), kWorldStart + 1h);
}

TEST(EventQueue, TakesThePastForNow) {
  EventQueue queue(kWorldStart);
  queue.run_until(kWorldStart + 1s);
  TrueTime seen;
  queue.at(kWorldStart, [&] { seen = queue.now(); });
  queue.run_until(kWorldStart + 2s);
  EXPECT_EQ(seen, kWorldStart + 1s);
}

TEST(EventQueue, RunsWhatEventsAddBeforeTheEnd) {
  EventQueue queue(kWorldStart);
  int ran = 0;
  std::function<void()> again = [&] {
    ++ran;
    queue.at(queue.now() + 1s, again);
  };
  queue.at(kWorldStart + 1s, again);
  queue.run_until(kWorldStart + 10s);
  EXPECT_EQ(ran, 10);
}

TEST(EventQueue, StopsAtTheEventThatFulfilsTheCondition) {
  EventQueue queue(kWorldStart);
  int ran = 0;
  for (int i = 1; i <= 5; ++i) queue.at(kWorldStart + i * 1s, [&] { ++ran; });
  EXPECT_TRUE(queue.run_until([&] { return ran == 3; }, kWorldStart + 1h));
  EXPECT_EQ(queue.now(), kWorldStart + 3s);
  EXPECT_FALSE(queue.run_until([&] { return ran == 6; }, kWorldStart + 1h));
  EXPECT_EQ(queue.now(), kWorldStart + 1h);
}

TEST(EventQueue, HashTellsDifferentValuesTimesAndOrdersApart) {
  const auto hash_of = [](const std::vector<std::pair<Nanos, std::int64_t>>& records) {
    EventQueue queue(kWorldStart);
    for (const auto& [when, value] : records)
      queue.at(kWorldStart + when, [&queue, v = value] { queue.trace({7, v}); });
    queue.run_until(kWorldStart + 1h);
    return queue.trace_hash();
  };
  const std::uint64_t base = hash_of({{1s, 1}, {2s, 2}});
  EXPECT_EQ(hash_of({{1s, 1}, {2s, 2}}), base);
  EXPECT_NE(hash_of({{1s, 2}, {2s, 1}}), base);
  EXPECT_NE(hash_of({{1s, 1}, {2s + 1ns, 2}}), base);
  EXPECT_NE(hash_of({{1s, 1}, {2s, -2}}), base);
  EXPECT_NE(hash_of({{1s, 1}}), base);
}

}  // namespace
}  // namespace slewd::sim
