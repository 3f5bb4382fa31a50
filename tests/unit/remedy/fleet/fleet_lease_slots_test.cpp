// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "agent/remedy/fleet/lease_slots.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

class LeaseSlotsTest : public testing::Test {
 protected:
  static SlotPlan plan() {
    SlotPlan plan;
    plan.lock = "restarts";
    plan.ttl = 60s;
    plan.interval = 300s;
    plan.jitter = 0s;
    return plan;
  }
  // The API: one lease.
  SlotAnswer serve(const SlotRequest& request) {
    if (!request.write) return {SlotAnswer::Kind::done, lease, ""};
    if (request.lease.resource_version != lease.resource_version)
      return {SlotAnswer::Kind::conflict, {}, ""};
    lease = request.lease;
    touch();
    return {SlotAnswer::Kind::done, lease, ""};
  }
  void touch() { lease.resource_version = std::to_string(++version); }
  // Asks and answers until nothing is due.
  void settle() {
    while (const auto request = machine.next(now)) {
      ++requests;
      machine.answer(
          reachable ? serve(*request) : SlotAnswer{SlotAnswer::Kind::unknown, {}, "no route"}, now);
    }
  }
  void pass(Nanos time) {
    for (const BootTime end = now + time; now < end;) {
      now += 1s;
      settle();
    }
  }
  void take() {
    machine.want(true, now);
    settle();
    ASSERT_EQ(machine.view().state, SlotState::held);
  }
  bool confirm() { return ask(&LeaseSlots::confirm); }
  bool confirm_again() { return ask(&LeaseSlots::confirm_again); }
  bool ask(void (LeaseSlots::*question)(BootTime, Fleet::Confirmed)) {
    bool result = false;
    (machine.*question)(now, [&](bool may_act, const std::string& why) {
      result = may_act;
      refusal = why;
    });
    settle();
    return result;
  }

  BootTime now{1000h};
  Lease lease{"", "1", 7, 0s};
  int version = 1;
  bool reachable = true;
  int requests = 0;
  std::string refusal;
  LeaseSlots machine{plan(), "me", 1};
};

TEST_F(LeaseSlotsTest, NobodyWantsItAndItCostsNothing) {
  machine.want(false, now);
  pass(1h);
  EXPECT_EQ(requests, 0);
  EXPECT_EQ(machine.wake(), std::nullopt);
  EXPECT_TRUE(machine.resting());
}

TEST_F(LeaseSlotsTest, TakesAFreeSlotAndGivesItBack) {
  take();
  EXPECT_EQ(lease.holder, "me");
  EXPECT_EQ(lease.transitions, 8);
  EXPECT_EQ(machine.view().transitions, 8);
  EXPECT_EQ(lease.duration, 60s);
  machine.want(false, now);
  settle();
  EXPECT_EQ(lease.holder, "");
  EXPECT_TRUE(machine.resting());
}

TEST_F(LeaseSlotsTest, RenewsAtAThird) {
  take();
  requests = 0;
  pass(60s);
  EXPECT_EQ(requests, 3);
  EXPECT_EQ(machine.view().state, SlotState::held);
}

TEST_F(LeaseSlotsTest, ARenewedLeaseOfAnotherIsNeverTaken) {
  lease.holder = "other";
  lease.duration = 60s;
  machine.want(true, now);
  for (int i = 0; i < 60; ++i) {
    touch();
    pass(50s);
  }
  EXPECT_EQ(lease.holder, "other");
  EXPECT_EQ(machine.view().state, SlotState::waiting);
  EXPECT_EQ(machine.view().reason, "slot 0 is held by other");
}

TEST_F(LeaseSlotsTest, AnAbandonedLeaseIsTakenAfterItsDurationAndTheMargin) {
  lease.holder = "other";
  lease.duration = 100s;
  machine.want(true, now);
  settle();
  pass(122s);  // 100 s, a fifth of it, and 2 s
  EXPECT_EQ(lease.holder, "other");
  pass(62s);  // the next look
  EXPECT_EQ(lease.holder, "me");
}

TEST_F(LeaseSlotsTest, WithoutRenewalForTwoThirdsAnActionMustEnd) {
  take();
  ASSERT_TRUE(confirm());
  reachable = false;
  pass(39s);
  EXPECT_EQ(machine.view().state, SlotState::held);
  pass(1s);
  EXPECT_EQ(machine.view().state, SlotState::lost);
  EXPECT_EQ(machine.view().reason, "not renewed for 40.0 s: no route");
  reachable = true;
  pass(30s);
  EXPECT_EQ(machine.view().state, SlotState::lost) << "only the owner ends that";
  machine.finished(now);
  settle();
  EXPECT_EQ(machine.view().state, SlotState::cooling);
}

TEST_F(LeaseSlotsTest, SleptThroughTheLeaseItMustNotAct) {
  take();
  now += 1h;  // in suspend, which CLOCK_BOOTTIME counts
  lease.holder = "other";
  touch();
  EXPECT_FALSE(confirm());
  EXPECT_NE(machine.view().state, SlotState::held);
}

TEST_F(LeaseSlotsTest, TheFenceSeesAnotherHolderThoughNoTimeHasPassed) {
  take();
  lease.holder = "other";  // while the hypervisor had stopped us
  touch();
  EXPECT_FALSE(confirm());
  EXPECT_EQ(refusal, "the lease has changed");
  EXPECT_EQ(lease.holder, "other");
}

TEST_F(LeaseSlotsTest, AFurtherActionOfTheSameUseIsFencedAnew) {
  take();
  EXPECT_FALSE(confirm_again()) << "nothing is in use yet";
  ASSERT_TRUE(confirm());
  pass(10s);
  const int before = requests;
  EXPECT_TRUE(confirm_again());
  EXPECT_GT(requests, before) << "by what the API says, not by what is remembered";
  lease.holder = "other";  // while the hypervisor had stopped us
  touch();
  EXPECT_FALSE(confirm_again());
  EXPECT_EQ(refusal, "the lease has changed");
  EXPECT_EQ(machine.view().state, SlotState::lost);
  EXPECT_FALSE(confirm_again());
  EXPECT_EQ(refusal, "the slot is held by other");
  machine.finished(now);
  settle();
  EXPECT_NE(machine.view().state, SlotState::lost);
}

TEST_F(LeaseSlotsTest, WhoWaitsToActHearsAtOnceThatTheApiIsAway) {
  take();
  ASSERT_TRUE(confirm());
  reachable = false;
  pass(21s);  // a renewal has failed: what is held must be read again first
  const int before = requests;
  EXPECT_FALSE(confirm_again());
  EXPECT_EQ(refusal, "no route");
  EXPECT_LE(requests, before + 1);
}

TEST_F(LeaseSlotsTest, WithoutTheApiNoFurtherActionBegins) {
  take();
  ASSERT_TRUE(confirm());
  reachable = false;
  EXPECT_FALSE(confirm_again());
  EXPECT_EQ(refusal, "no route");
}

TEST_F(LeaseSlotsTest, TheLeaseHoldsWhatIsLeftOfTheIntervalFromTheFenceOn) {
  take();
  ASSERT_TRUE(confirm());
  EXPECT_EQ(lease.duration, 300s);
  pass(50s);
  machine.finished(now);
  settle();
  EXPECT_EQ(machine.view().state, SlotState::cooling);
  EXPECT_EQ(lease.duration, 330s);  // a tenth more: our clock may be fast
  machine.want(false, now);
  pass(300s);
  EXPECT_EQ(lease.holder, "me");
  EXPECT_EQ(lease.duration, 60s);
  pass(31s);
  EXPECT_EQ(lease.holder, "");
  EXPECT_TRUE(machine.resting());
}

TEST_F(LeaseSlotsTest, AClaimWhoseAnswerIsLostIsFoundOut) {
  machine.want(true, now);
  machine.answer(serve(*machine.next(now)), now);
  const auto claim = machine.next(now);
  ASSERT_TRUE(claim && claim->taken);
  serve(*claim);
  machine.answer({SlotAnswer::Kind::unknown, {}, "timeout"}, now);
  EXPECT_EQ(machine.view().state, SlotState::unreachable);
  EXPECT_EQ(machine.view().reason, "timeout");
  pass(5s);
  EXPECT_EQ(machine.view().state, SlotState::held);
  EXPECT_EQ(lease.transitions, 8) << "taken once";
}

TEST_F(LeaseSlotsTest, AnApiThatIsAwayIsAskedEverMoreRarely) {
  reachable = false;
  machine.want(true, now);
  pass(1h);
  EXPECT_LT(requests, 30);
  EXPECT_EQ(machine.view().state, SlotState::unreachable);
  EXPECT_FALSE(confirm());
}

// An API that is away is no idle lock, whatever this node does with it.
TEST_F(LeaseSlotsTest, WhileTheApiIsAwayNoStateLooksIdle) {
  take();
  reachable = false;
  pass(25s);
  ASSERT_TRUE(machine.view().unreachable);
  machine.want(false, now);
  EXPECT_EQ(machine.view().state, SlotState::unreachable);
  settle();
  EXPECT_EQ(machine.view().state, SlotState::unreachable);
  EXPECT_EQ(machine.view().reason, "no route");
  pass(2h);
  EXPECT_EQ(machine.view().state, SlotState::unreachable);
  EXPECT_TRUE(machine.view().unreachable);
  EXPECT_FALSE(machine.resting()) << "it is still to be given back";
  reachable = true;
  pass(5min);
  EXPECT_EQ(lease.holder, "");
  EXPECT_EQ(machine.view().state, SlotState::idle);
  EXPECT_FALSE(machine.view().unreachable);
}

TEST_F(LeaseSlotsTest, ASlotThatCoolsIsUnreachableAsWell) {
  take();
  ASSERT_TRUE(confirm());
  machine.finished(now);
  settle();
  reachable = false;
  pass(1min);
  EXPECT_EQ(machine.view().state, SlotState::cooling);
  EXPECT_TRUE(machine.view().unreachable);
}

TEST_F(LeaseSlotsTest, WhatNobodyWantsAnyMoreIsNotUnreachable) {
  reachable = false;
  machine.want(true, now);
  settle();
  ASSERT_TRUE(machine.view().unreachable);
  machine.want(false, now);
  EXPECT_FALSE(machine.view().unreachable) << "nobody asks";
}

TEST_F(LeaseSlotsTest, WhoHasJustHeldASlotLetsTheOthersLookFirst) {
  take();
  machine.want(false, now);
  settle();
  machine.want(true, now);
  pass(70s);  // in which each of the others looks once
  EXPECT_EQ(lease.holder, "");
  EXPECT_EQ(machine.view().reason, "held a moment ago: others may ask first");
  pass(10s);
  EXPECT_EQ(lease.holder, "me") << "nobody else wants it";
}

TEST_F(LeaseSlotsTest, WhoHadToWaitLongLeavesTheSlotToOthersForLongUnlessNoneTakesIt) {
  lease.holder = "other";
  machine.want(true, now);
  for (int i = 0; i < 8; ++i) {
    touch();
    pass(50s);
  }
  lease.holder = "";
  touch();
  pass(60s);
  ASSERT_EQ(lease.holder, "me");
  machine.want(false, now);
  settle();
  machine.want(true, now);
  pass(60s);
  lease.holder = "another";
  touch();
  pass(20s);
  lease.holder = "";
  touch();
  pass(100s);
  EXPECT_EQ(lease.holder, "") << "others do wait";
  pass(60s);
  EXPECT_EQ(lease.holder, "me") << "and now none does";
}

TEST_F(LeaseSlotsTest, ALeaseThatIsTakenAwayHoldsNobodyUp) {
  take();
  machine.want(false, now);
  const auto release = machine.next(now);
  ASSERT_TRUE(release);
  machine.answer({SlotAnswer::Kind::missing, {}, "there is no Lease"}, now);
  EXPECT_TRUE(machine.resting());
  EXPECT_FALSE(machine.view().unreachable);
}

TEST_F(LeaseSlotsTest, ASlotWithoutALeaseIsPassedOver) {
  SlotPlan two = plan();
  two.slots = 2;
  machine = LeaseSlots(two, "me", 1);
  machine.want(true, now);
  const auto serve_one = [&](int there) {
    const auto request = machine.next(now);
    if (request && request->slot != there)
      machine.answer({SlotAnswer::Kind::missing, {}, "there is no Lease"}, now);
    else if (request)
      machine.answer(serve(*request), now);
  };
  for (const BootTime end = now + 30s; now < end; now += 1s) serve_one(0);
  EXPECT_EQ(machine.view().state, SlotState::held);
  machine = LeaseSlots(two, "me", 1);
  machine.want(true, now);
  for (const BootTime end = now + 30s; now < end; now += 1s) serve_one(-1);
  EXPECT_EQ(machine.view().state, SlotState::unreachable) << "there is none at all";
}

TEST_F(LeaseSlotsTest, ALeaseThatSaysNonsenseBlocksForADayAtMost) {
  lease.holder = "typo";
  lease.duration = 1000000h;
  machine.want(true, now);
  pass(30h);
  EXPECT_EQ(lease.holder, "me");
}

TEST(SlotPlanTest, SaysWhatCannotWork) {
  SlotPlan plan;
  plan.lock = "restarts";
  EXPECT_FALSE(problem_of(plan));
  plan.ttl = 1s;
  EXPECT_EQ(problem_of(plan)->message(), "lock 'restarts': ttl must be 15s to 1d");
  plan.ttl = 60s;
  plan.prefix = "Slots/../x";
  EXPECT_TRUE(problem_of(plan));
  plan.prefix = "slewd-slot";
  plan.slots = 0;
  EXPECT_TRUE(problem_of(plan));
}

}  // namespace
}  // namespace slewd::remedy
