// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/clock_call_log.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace slewd::os {
namespace {

RawTime raw_at(int milliseconds) { return RawTime{std::chrono::milliseconds(milliseconds)}; }

core::ClockCall call(int milliseconds, int process, bool sets = false) {
  return {raw_at(milliseconds), process, "date", "cron.service", sets};
}

TEST(ClockCallLog, TellsTheCallsFromAMomentOnOldestFirst) {
  ClockCallLog log;
  log.add(call(300, 3));
  log.add(call(100, 1));  // another processor's ring was read later
  log.add(call(200, 2));
  const auto calls = log.since(raw_at(200));
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].process, 2);
  EXPECT_EQ(calls[1].process, 3);
  EXPECT_TRUE(log.since(raw_at(301)).empty());
}

TEST(ClockCallLog, ForgetsWhatIsOlderThanTenSeconds) {
  ClockCallLog log;
  log.add(call(0, 1));
  log.add(call(10'000, 2));
  EXPECT_EQ(log.since(raw_at(0)).size(), 2U);
  log.add(call(10'001, 3));
  EXPECT_EQ(log.since(raw_at(0)).size(), 2U);
}

TEST(ClockCallLog, AFloodOfReadsDoesNotPushOutTheCallThatSet) {
  ClockCallLog log;
  log.add(call(0, 7, true));
  for (int i = 1; i <= 1000; ++i) log.add(call(i, 8));
  const auto calls = log.since(raw_at(0));
  ASSERT_EQ(calls.size(), limits::kClockCalls);
  EXPECT_EQ(calls.front().process, 7);
  EXPECT_EQ(calls.back().at, raw_at(1000));
}

TEST(ClockCallLog, IsBoundedEvenWhenEveryCallSets) {
  ClockCallLog log;
  for (int i = 0; i < 1000; ++i) log.add(call(i, 8, true));
  EXPECT_EQ(log.since(raw_at(0)).size(), limits::kClockCalls);
  EXPECT_EQ(log.since(raw_at(0)).back().at, raw_at(999));
}

TEST(ClockCallLog, RemembersAProcessThatHasCalledBefore) {
  ClockCallLog log;
  log.add(call(1, 812));
  log.add({raw_at(2), 813, "", "", false});
  ASSERT_TRUE(log.known(812));
  EXPECT_EQ(log.known(812)->origin, "cron.service");
  EXPECT_FALSE(log.known(813));
  EXPECT_FALSE(log.known(814));
}

}  // namespace
}  // namespace slewd::os
