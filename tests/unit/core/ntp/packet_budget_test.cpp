// SPDX-License-Identifier: Apache-2.0
#include "agent/core/ntp/packet_budget.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

// Who always wants `wanted`: when the packets of so many hours leave.
std::vector<RawTime> spend_all(Nanos wanted, PollKind kind, Nanos minimum, int hours = 5) {
  PacketBudget budget;
  std::vector<RawTime> sent;
  for (RawTime now{1h}; now < RawTime{1h} + hours * 1h;) {
    budget.spend(now, kind, minimum);
    sent.push_back(now);
    now += budget.wait(now, wanted, kind, minimum);
  }
  return sent;
}

std::size_t most_in_an_hour(const std::vector<RawTime>& sent) {
  std::size_t most = 0;
  for (auto first = sent.begin(); first != sent.end(); ++first) {
    const auto end = std::ranges::find_if(sent, [&](RawTime at) { return at - *first >= 1h; });
    most = std::max(most, static_cast<std::size_t>(end - first));
  }
  return most;
}

TEST(PacketBudget, HoldsInEachHourWhateverIsWanted) {
  for (const PollKind kind : {PollKind::regular, PollKind::seeking, PollKind::quick})
    for (const Nanos wanted : {Nanos(1ms), Nanos(2s), Nanos(16s), Nanos(64s)}) {
      EXPECT_LE(most_in_an_hour(spend_all(wanted, kind, 64s)), 56U) << to_seconds(wanted);
      EXPECT_LE(most_in_an_hour(spend_all(wanted, kind, 1024s)), 32U) << to_seconds(wanted);
    }
}

TEST(PacketBudget, IsUsedUpEvenlyEnoughThatNoServerIsLeftForLong) {
  for (const PollKind kind : {PollKind::regular, PollKind::quick}) {
    const std::vector<RawTime> sent = spend_all(2s, kind, 64s);
    for (std::size_t i = 1; i < sent.size(); ++i) EXPECT_LE(sent[i] - sent[i - 1], 15min);
    EXPECT_GE(sent.size(), 5 * 45U);
  }
}

TEST(PacketBudget, LeavesRegularPollsAlone) {
  const std::vector<RawTime> sent = spend_all(128s, PollKind::regular, 64s);
  for (std::size_t i = 1; i < sent.size(); ++i) EXPECT_EQ(sent[i] - sent[i - 1], 128s);
}

TEST(PacketBudget, HasAQuickStartInReserveAfterTenMinutesOfSeeking) {
  PacketBudget budget;
  RawTime now{1h};
  for (int i = 0; i < 46; ++i, now += 13s) budget.spend(now, PollKind::seeking, 64s);
  for (int i = 0; i < 5; ++i, now += 2s) {
    EXPECT_EQ(budget.wait(now, 2s, PollKind::quick, 64s), 2s) << i;
    budget.spend(now, PollKind::quick, 64s);
  }
}

TEST(PacketBudget, APacketThatDidNotLeaveIsNotCounted) {
  PacketBudget budget;
  for (int i = 0; i < 1000; ++i) {
    budget.spend(RawTime{1h}, PollKind::seeking, 64s);
    budget.take_back();
  }
  EXPECT_EQ(budget.wait(RawTime{1h}, 2s, PollKind::seeking, 64s), 2s);
}

constexpr Nanos kShortestPoll = 64s;
const RawTime kBudgetStart{Nanos(1h)};

TEST(PacketBudget, APacketThatDidNotLeaveCostsNoQuickCredit) {
  PacketBudget budget;
  for (int i = 0; i < 24; ++i) {
    budget.spend(kBudgetStart, PollKind::quick, kShortestPoll);
    budget.take_back();
  }
  EXPECT_EQ(budget.wait(kBudgetStart, 2s, PollKind::quick, kShortestPoll), 2s);
}

TEST(PacketBudget, TakingBackARegularPacketLeavesTheQuickCreditAsItWas) {
  PacketBudget budget;
  for (int i = 0; i < 24; ++i) budget.spend(kBudgetStart, PollKind::quick, kShortestPoll);
  budget.spend(kBudgetStart, PollKind::regular, kShortestPoll);
  budget.take_back();
  EXPECT_GT(budget.wait(kBudgetStart, 2s, PollKind::quick, kShortestPoll), 2s);
}

Endpoint numbered_server(std::uint8_t number) {
  Endpoint endpoint;
  endpoint.address[3] = std::byte{number};
  return endpoint;
}

TEST(PacketBudgets, AnAddressKeepsItsBudgetForAsLongAsItsPacketsCount) {
  PacketBudgets budgets;
  const RawTime begin{1h};
  budgets.of(numbered_server(1), begin)->spend(begin, PollKind::quick, 64s);
  EXPECT_FALSE(budgets.of(numbered_server(1), begin + 59min)->is_fresh(begin + 59min));
  EXPECT_TRUE(budgets.of(numbered_server(2), begin)->is_fresh(begin));
  EXPECT_TRUE(budgets.of(numbered_server(1), begin + 61min)->is_fresh(begin + 61min));
}

TEST(PacketBudgets, OneThatIsInUseIsNotForgotten) {
  PacketBudgets budgets;
  const auto held = budgets.of(numbered_server(1), RawTime{1h});
  EXPECT_EQ(budgets.of(numbered_server(1), RawTime{5h}), held);
}

}  // namespace
}  // namespace slewd::core
