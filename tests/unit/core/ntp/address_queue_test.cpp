// SPDX-License-Identifier: Apache-2.0
#include "agent/core/ntp/address_queue.hpp"

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

Endpoint numbered(int last, bool ipv6 = false) {
  Endpoint endpoint;
  endpoint.ipv6 = ipv6;
  endpoint.address[3] = static_cast<std::byte>(last);
  return endpoint;
}

const MonoTime kBegin{1h};

TEST(AddressQueue, FamiliesAlternate) {
  AddressQueue queue;
  const std::vector<Endpoint> found{numbered(1, true), numbered(2, true), numbered(3), numbered(4)};
  queue.update(found);
  std::vector<Endpoint> taken;
  std::vector<bool> ipv6;
  while (const auto next = queue.next(taken, kBegin)) {
    taken.push_back(*next);
    ipv6.push_back(next->ipv6);
  }
  EXPECT_EQ(ipv6, (std::vector<bool>{true, false, true, false}));
  EXPECT_EQ(queue.next({}, kBegin, &found[0]), found[2]) << "instead of one of the other family";
}

TEST(AddressQueue, WhatWasGivenUpGoesToTheBackForEverLonger) {
  AddressQueue queue;
  const std::vector<Endpoint> found{numbered(1), numbered(2)};
  queue.update(found);
  queue.give_up(found[0], kBegin, 30s, false);
  EXPECT_EQ(queue.next({}, kBegin), found[1]);
  EXPECT_EQ(queue.next({}, kBegin + 1h), found[1]) << "the other one has never failed";
  const std::vector<Endpoint> taken{found[1]};
  EXPECT_EQ(queue.next(taken, kBegin + 29s), std::nullopt);
  EXPECT_EQ(queue.next_at(taken), kBegin + 30s);
  queue.give_up(found[0], kBegin + 30s, 30s, false);
  EXPECT_EQ(queue.next_at(taken), kBegin + 90s);
  for (int i = 0; i < 100; ++i) queue.give_up(found[0], kBegin, 30s, false);
  EXPECT_EQ(queue.next_at(taken), kBegin + 1h);
  queue.forgive();
  EXPECT_EQ(queue.next(taken, kBegin), found[0]);
  queue.answered(found[0]);
  EXPECT_EQ(queue.given_up(found[0]), 0);
}

TEST(AddressQueue, TurnsDoNotGrow) {
  AddressQueue queue;
  const std::vector<Endpoint> found{numbered(1)};
  queue.update(found);
  for (int i = 0; i < 20; ++i) queue.give_up(found[0], kBegin, 15s, true);
  EXPECT_EQ(queue.next_at({}), kBegin + 15s);
  queue.give_up(found[0], kBegin, 30s, false);
  EXPECT_EQ(queue.next_at({}), kBegin + 30s) << "the first time that others answered";
}

TEST(AddressQueue, RemembersWhatIsNotInTheNewestAnswer) {
  AddressQueue queue;
  const std::vector<Endpoint> first{numbered(1)};
  const std::vector<Endpoint> second{numbered(2)};
  queue.update(first);
  queue.give_up(first[0], kBegin, 30s, false);
  queue.update(second);
  EXPECT_FALSE(queue.has(first[0]));
  EXPECT_EQ(queue.next({}, kBegin + 2h), second[0]);
  queue.update(first);
  EXPECT_EQ(queue.given_up(first[0]), 1);
}

}  // namespace
}  // namespace slewd::core
