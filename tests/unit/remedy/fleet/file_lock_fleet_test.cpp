// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/file_lock_fleet.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/unit/remedy/test_reactor.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

class FileLockFleetTest : public testing::Test {
 protected:
  FileLockFleetTest() {
    std::filesystem::create_directories(folder);
    SlotPlan plan;
    plan.lock = "restarts";
    plan.interval = 60s;
    for (FileLockFleet* fleet : {&a, &b}) fleet->configure({plan});
  }

  static SlotState state(const FileLockFleet& fleet) { return fleet.slots().at("restarts").state; }
  static bool confirm(FileLockFleet& fleet) { return ask(fleet, &FileLockFleet::confirm); }
  static bool confirm_again(FileLockFleet& fleet) {
    return ask(fleet, &FileLockFleet::confirm_again);
  }
  static bool ask(FileLockFleet& fleet,
                  void (FileLockFleet::*question)(const std::string&, Fleet::Confirmed)) {
    bool result = false;
    (fleet.*question)("restarts", [&](bool may_act, const std::string&) { result = may_act; });
    return result;
  }

  TemporaryFolder scratch;
  std::string folder = scratch.file("locks");
  TestReactor reactor;
  const std::set<std::string> locks{"restarts"};
  FileLockFleet a{reactor, folder, "boot-1"};
  FileLockFleet b{reactor, folder, "boot-1"};
};

TEST_F(FileLockFleetTest, OneOfTwoHoldsTheSlotUntilItHasCooled) {
  a.want(locks);
  b.want(locks);
  EXPECT_EQ(state(a), SlotState::held);
  EXPECT_EQ(state(b), SlotState::waiting);
  EXPECT_FALSE(confirm(b));
  ASSERT_TRUE(confirm(a));
  EXPECT_FALSE(confirm(a)) << "in use";
  a.finished("restarts");
  EXPECT_EQ(state(a), SlotState::cooling);
  reactor.advance(59s);
  b.want(locks);
  EXPECT_EQ(state(b), SlotState::waiting);
  reactor.advance(1s);
  b.want(locks);
  EXPECT_EQ(state(b), SlotState::held);
  EXPECT_EQ(b.slots().at("restarts").transitions, 2);
}

TEST_F(FileLockFleetTest, WhatIsNoLongerWantedIsGivenBackUnlessItIsInUse) {
  a.want(locks);
  a.want({});
  b.want(locks);
  ASSERT_EQ(state(b), SlotState::held);
  ASSERT_TRUE(confirm(b));
  b.want({});
  a.want(locks);
  EXPECT_EQ(state(a), SlotState::waiting);
}

TEST_F(FileLockFleetTest, ACrashDoesNotShortenTheInterval) {
  {
    FileLockFleet dies(reactor, folder, "boot-1");
    SlotPlan plan;
    plan.lock = "restarts";
    plan.interval = 60s;
    dies.configure({plan});
    dies.want(locks);
    ASSERT_TRUE(confirm(dies));
  }
  a.want(locks);
  EXPECT_EQ(state(a), SlotState::waiting);
  EXPECT_EQ(a.slots().at("restarts").reason, folder + "/slewd-slot-0 cools after an action");
  reactor.advance(60s);
  a.want(locks);
  EXPECT_EQ(state(a), SlotState::held);
}

TEST_F(FileLockFleetTest, ARemovedFileIsNoFence) {
  a.want(locks);
  std::filesystem::remove(folder + "/slewd-slot-0");
  b.want(locks);
  EXPECT_FALSE(confirm(a));
  EXPECT_TRUE(confirm(b));
}

TEST_F(FileLockFleetTest, AFurtherActionNeedsTheFileThatTheFirstOneHad) {
  a.want(locks);
  EXPECT_FALSE(confirm_again(a)) << "nothing is in use yet";
  ASSERT_TRUE(confirm(a));
  EXPECT_TRUE(confirm_again(a));
  std::filesystem::remove(folder + "/slewd-slot-0");
  EXPECT_FALSE(confirm_again(a));
  a.finished("restarts");
  EXPECT_EQ(state(a), SlotState::cooling);
}

TEST_F(FileLockFleetTest, AReloadTakesNoSlotFromAnActionUnderWay) {
  a.want(locks);
  ASSERT_TRUE(confirm(a));
  SlotPlan other;
  other.lock = "restarts";
  other.slots = 2;
  other.interval = 60s;
  a.configure({other});
  EXPECT_TRUE(confirm_again(a));
  a.finished("restarts");
  EXPECT_EQ(state(a), SlotState::cooling);
  reactor.advance(60s);
  a.want(locks);
  EXPECT_EQ(state(a), SlotState::held) << "by the new plan";
  a.configure({});
  a.want(locks);
  EXPECT_TRUE(a.slots().empty());
}

TEST_F(FileLockFleetTest, WithoutTheFolderNobodyActs) {
  std::filesystem::remove_all(folder);
  a.want(locks);
  EXPECT_EQ(state(a), SlotState::unreachable);
  EXPECT_FALSE(confirm(a));
}

TEST_F(FileLockFleetTest, ASlotThatCannotBeOpenedIsNotTakenForOneThatIsHeld) {
  SlotPlan plan;
  plan.lock = "restarts";
  plan.slots = 2;
  for (FileLockFleet* fleet : {&a, &b}) fleet->configure({plan});
  std::filesystem::create_directories(folder + "/slewd-slot-0");
  a.want(locks);
  EXPECT_EQ(state(a), SlotState::held);
  b.want(locks);
  EXPECT_TRUE(b.slots().at("restarts").unreachable);
  std::filesystem::remove(folder + "/slewd-slot-0");
  b.want(locks);
  EXPECT_EQ(state(b), SlotState::held);
  EXPECT_FALSE(b.slots().at("restarts").unreachable);
}

// Until when a slot cools must be on disk before the action: a disk that takes nothing gives none.
TEST_F(FileLockFleetTest, WhereNothingCanBeWrittenNoSlotIsHeld) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit nothing{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &nothing), 0);
  a.want(locks);
  const SlotView view = a.slots().at("restarts");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  (void)std::signal(SIGXFSZ, handler);
  EXPECT_EQ(view.state, SlotState::unreachable);
  EXPECT_TRUE(view.unreachable);
  EXPECT_NE(view.reason.find("File too large"), std::string::npos) << view.reason;
  a.want(locks);
  EXPECT_EQ(state(a), SlotState::held);
}

TEST(LockMark, ReadsWhatItWritesAndNothingElse) {
  const LockMark mark{"boot-1", BootTime{123ns}, 4};
  EXPECT_EQ(parse_lock_mark(to_text(mark)), mark);
  for (const char* text : {"", "4711\n", "slewd-slot 1 b 5 6", "slewd-slot 2 b 5 6\n",
                           "slewd-slot 1 b -5 6\n", "slewd-slot 1 b 5 6 7\n"})
    EXPECT_FALSE(parse_lock_mark(text)) << text;
}

}  // namespace
}  // namespace slewd::remedy
