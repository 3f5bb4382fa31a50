// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/logs/log_journal_follower.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"

#include "tests/unit/remedy/logs/fake_journal.hpp"
#include "tests/unit/remedy/test_reactor.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

struct LogJournalFollowerTest : testing::Test {
  void start(const std::string& cursor = "") {
    follower = std::make_unique<LogJournalFollower>(
        reactor, std::make_unique<FakeJournal>(journal), cursor,
        [this](const LogEntry& entry) { got.push_back(entry.message); });
    follower->follow({{"a.service"}, {}});
    reactor.settle();
  }
  void add(const std::string& message) { journal->add(reactor.now(), "a.service", message); }

  // The place behind an entry, as cursor() says it.
  std::string place(std::size_t serial) const {
    const MonoTime at = journal->stored.at(serial - 1).entry.at;
    return std::to_string(at.since_epoch.count()) + " " + std::to_string(serial);
  }

  TestReactor reactor;
  std::shared_ptr<FakeJournalState> journal = std::make_shared<FakeJournalState>();
  std::unique_ptr<LogJournalFollower> follower;
  std::vector<std::string> got;
};

TEST_F(LogJournalFollowerTest, AFirstStartReadsOnlyWhatComes) {
  add("old");
  start();
  EXPECT_THAT(got, IsEmpty());
  EXPECT_THAT(follower->cursor(), EndsWith(" 1"));
  add("new");
  reactor.settle();
  EXPECT_THAT(got, ElementsAre("new"));
  EXPECT_THAT(follower->cursor(), EndsWith(" 2"));
}

TEST_F(LogJournalFollowerTest, ARestartGoesOnBehindItsCursor) {
  for (const std::string message : {"seen", "missed", "missed too"}) add(message);
  start(place(1));
  EXPECT_THAT(got, ElementsAre("missed", "missed too"));
}

TEST_F(LogJournalFollowerTest, WhatTheJournalGivesAgainIsNotReadAgain) {
  for (const std::string message : {"1", "2", "3"}) {
    add(message);
    reactor.advance(1s);
  }
  add("4");
  start(place(3));
  EXPECT_THAT(got, ElementsAre("4"));
  EXPECT_EQ(follower->too_old(), 0U);
}

TEST_F(LogJournalFollowerTest, ACursorOfAnotherJournalLeavesTheTime) {
  add("old");
  reactor.advance(1s);
  const std::string at = std::to_string(reactor.now().since_epoch.count());
  reactor.advance(1s);
  add("missed");
  start(at + " nonsense");
  EXPECT_THAT(got, ElementsAre("missed"));
}

TEST_F(LogJournalFollowerTest, ADamagedCursorIsNone) {
  add("old");
  start("nonsense 1");
  EXPECT_THAT(got, IsEmpty());
  add("new");
  reactor.settle();
  EXPECT_THAT(got, ElementsAre("new"));
}

TEST_F(LogJournalFollowerTest, ACursorWhoseEntryIsGoneStillHoldsItsPlace) {
  for (const std::string message : {"1", "2", "3", "4"}) add(message);
  const std::string cursor = place(2);
  journal->vacuum(1);
  start(cursor);
  EXPECT_THAT(got, ElementsAre("4"));
}

TEST_F(LogJournalFollowerTest, AStepOfTheWallClockChangesNothing) {
  start();
  add("before");
  reactor.settle();
  reactor.step_wall_clock(-1h);
  journal->vacuum(0);  // the journal rotates then
  add("after");
  reactor.settle();
  EXPECT_THAT(got, ElementsAre("before", "after"));
}

TEST_F(LogJournalFollowerTest, AnEventThatWasLostCostsSeconds) {
  start();
  journal->add(reactor.now(), "a.service", "quiet", false);
  reactor.settle();
  EXPECT_THAT(got, IsEmpty());
  reactor.advance(10s);
  EXPECT_THAT(got, ElementsAre("quiet"));
}

TEST_F(LogJournalFollowerTest, TriesAgainWithLongerPausesAndSaysWhy) {
  journal->open_problem = "no journal here";
  start();
  EXPECT_EQ(follower->problem(), "no journal here");
  EXPECT_EQ(journal->opens, 1);
  reactor.advance(1s);
  EXPECT_EQ(journal->opens, 2);
  reactor.advance(1s);
  EXPECT_EQ(journal->opens, 2);
  reactor.advance(1h);
  EXPECT_LT(journal->opens, 25);
  journal->open_problem.clear();
  reactor.advance(5min);
  EXPECT_EQ(follower->problem(), "");
  add("new");
  reactor.settle();
  EXPECT_THAT(got, ElementsAre("new"));
}

TEST_F(LogJournalFollowerTest, GoesOnAtItsPlaceAfterTrouble) {
  start();
  add("one");
  reactor.settle();
  journal->next_problem = "damaged";
  add("two");
  reactor.settle();
  EXPECT_EQ(follower->problem(), "damaged");
  EXPECT_FALSE(journal->is_open);
  add("three");
  reactor.advance(1s);
  EXPECT_EQ(follower->problem(), "");
  EXPECT_THAT(got, ElementsAre("one", "two", "three"));
}

TEST_F(LogJournalFollowerTest, LosesNothingToTroubleBeforeTheFirstEntry) {
  start();
  journal->next_problem = "damaged";
  add("first");
  reactor.settle();
  EXPECT_THAT(got, IsEmpty());
  reactor.advance(1s);
  EXPECT_THAT(got, ElementsAre("first"));
}

TEST_F(LogJournalFollowerTest, AFloodIsReadInTurnsWithRests) {
  start();
  journal->always_readable = true;
  for (int i = 0; i < 3 * limits::kLogEntriesPerTurn; ++i) add("flood");
  reactor.settle();
  EXPECT_EQ(got.size(), std::size_t{limits::kLogEntriesPerTurn});
  EXPECT_EQ(reactor.watches(), 0U);  // a readable descriptor would keep the loop awake
  EXPECT_THAT(follower->cursor(), EndsWith(" " + std::to_string(limits::kLogEntriesPerTurn)));
  reactor.advance(20ms);
  EXPECT_EQ(got.size(), std::size_t{2 * limits::kLogEntriesPerTurn});
  reactor.advance(40ms);
  EXPECT_EQ(got.size(), std::size_t{3 * limits::kLogEntriesPerTurn});
}

TEST_F(LogJournalFollowerTest, WhatIsOldWhenItIsReadIsPassedOverAndCounted) {
  for (int i = 0; i < 1000; ++i) add("old");
  reactor.advance(std::chrono::seconds(limits::kLogRecentSeconds) + 1s);
  add("recent");
  reactor.advance(60s);
  start(place(1));
  reactor.advance(1s);
  EXPECT_THAT(got, ElementsAre("recent"));
  EXPECT_EQ(follower->too_old(), 999U);
  add("new");
  reactor.settle();
  EXPECT_THAT(got, ElementsAre("recent", "new"));
  EXPECT_EQ(follower->too_old(), 999U);
}

TEST_F(LogJournalFollowerTest, OtherOriginsAreReadFromTheSamePlace) {
  start();
  add("one");
  reactor.settle();
  follower->follow({{"b.service"}, {"b"}});
  add("two");
  reactor.settle();
  EXPECT_THAT(got, ElementsAre("one", "two"));
  EXPECT_EQ(journal->origins, (LogOrigins{{"b.service"}, {"b"}}));
}

TEST_F(LogJournalFollowerTest, NobodyToFollowClosesTheJournal) {
  start();
  EXPECT_EQ(reactor.watches(), 1U);
  follower->follow({});
  EXPECT_FALSE(journal->is_open);
  EXPECT_EQ(reactor.watches(), 0U);
  EXPECT_EQ(reactor.timers(), 0U);
}

TEST_F(LogJournalFollowerTest, LeavesNothingBehind) {
  start();
  follower.reset();
  EXPECT_FALSE(journal->is_open);
  EXPECT_EQ(reactor.watches(), 0U);
  EXPECT_EQ(reactor.timers(), 0U);
}

}  // namespace
}  // namespace slewd::remedy
