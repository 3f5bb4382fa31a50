// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/logs/log_watch.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"

#include "tests/unit/remedy/logs/fake_journal.hpp"
#include "tests/unit/remedy/test_reactor.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct LogWatchTest : testing::Test {
  void configure(std::vector<LogTrigger> triggers) {
    ASSERT_TRUE(watch.configure(std::move(triggers)));
    reactor.settle();
  }
  static LogTrigger in_journal(const std::string& name, const std::string& unit,
                               std::string_view pattern) {
    return {name, unit, "", *rules::Pattern::compile(pattern)};
  }
  LogTrigger in_file(const std::string& name, const std::string& file,
                     std::string_view pattern) const {
    return {name, "", folder.file(file), *rules::Pattern::compile(pattern)};
  }
  void add(const std::string& unit, const std::string& message) {
    journal->add(reactor.now(), unit, message);
    reactor.settle();
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const LogMatch& match : got) names.push_back(match.trigger);
    return names;
  }

  TemporaryFolder folder;
  TestReactor reactor;
  std::shared_ptr<FakeJournalState> journal = std::make_shared<FakeJournalState>();
  std::vector<LogMatch> got;
  LogWatch watch{reactor, std::make_unique<FakeJournal>(journal), "",
                 [this](const LogMatch& match) { got.push_back(match); }};
};

TEST_F(LogWatchTest, TellsWhichTriggerWhenAndWhatNumber) {
  configure(
      {in_journal("dovecot.stall", "dovecot.service", "^master: .*waiting for ([0-9.]+) sec")});
  const MonoTime at = reactor.now() - 2s;
  journal->add(at, "dovecot.service", "master: Warning: ..., waiting for 58.5 secs");
  reactor.settle();
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].trigger, "dovecot.stall");
  EXPECT_EQ(got[0].at, at);
  EXPECT_EQ(got[0].captured, 58.5);
  EXPECT_EQ(got[0].line, "master: Warning: ..., waiting for 58.5 secs");
}

TEST_F(LogWatchTest, AsksTheJournalForUnitsAndIdentifiersApart) {
  configure({in_journal("a", "a.service", "x"), in_journal("b", "a.service", "y"),
             in_journal("c", "kernel", "z")});
  EXPECT_EQ(journal->origins, (LogOrigins{{"a.service"}, {"kernel"}}));
}

TEST_F(LogWatchTest, AUnitIsNotTakenFromTheNameThatAWriterGivesItself) {
  configure(
      {in_journal("unit", "dovecot.service", "moved"), in_journal("name", "dovecot", "moved")});
  journal->stored.push_back(
      {++journal->last_serial,
       {reactor.now(), "session-1.scope", "dovecot.service", "moved", false}});
  journal->stored.push_back(
      {++journal->last_serial, {reactor.now(), "session-1.scope", "dovecot", "moved", false}});
  journal->notify();
  reactor.settle();
  EXPECT_THAT(names(), ElementsAre("name"));
}

TEST_F(LogWatchTest, MoreTriggersThanTheLimitAreRefusedAndThoseBeforeStay) {
  configure({in_journal("first", "a.service", "moved")});
  const std::vector<LogTrigger> many(limits::kLogTriggers + 1, in_journal("n", "b.service", "x"));
  EXPECT_FALSE(watch.configure(many));
  add("a.service", "moved");
  EXPECT_THAT(names(), ElementsAre("first"));
}

TEST_F(LogWatchTest, ALineMayPullSeveralTriggers) {
  configure({in_journal("first", "a.service", "moved"), in_journal("second", "a.service", "back"),
             in_journal("other", "b.service", "moved")});
  add("a.service", "moved back");
  EXPECT_THAT(names(), ElementsAre("first", "second"));
}

TEST_F(LogWatchTest, ReadsFilesAsWell) {
  folder.append("mail.log", "moved 1\n");
  configure({in_file("file", "mail.log", "moved ([0-9]+)")});
  folder.append("mail.log", "moved 2\nother\n");
  EXPECT_TRUE(reactor.run_until([&] { return watch.counts().lines == 2; }));
  ASSERT_THAT(names(), ElementsAre("file"));
  EXPECT_EQ(got[0].captured, 2);
  EXPECT_EQ(got[0].at, reactor.now());
  EXPECT_EQ(got[0].line, "in " + folder.file("mail.log")) << "slewd's own log may go there as well";
}

TEST_F(LogWatchTest, ShowsForeignTextAsOneBoundedLine) {
  configure({in_journal("a", "a.service", "boom")});
  add("a.service", "boom\n\x1b[2J\xff" + std::string(2000, 'x'));
  ASSERT_EQ(got.size(), 1U);
  EXPECT_THAT(got[0].line, testing::StartsWith("boom | ?[2J?xxx"));
  EXPECT_LE(got[0].line.size(), limits::kLogShownBytes);
}

TEST_F(LogWatchTest, AFloodOfMatchesIsHeldBackAndCounted) {
  configure({in_journal("a", "a.service", "boom")});
  for (int i = 0; i < 100; ++i) journal->add(reactor.now(), "a.service", "boom");
  reactor.settle();
  EXPECT_EQ(got.size(), std::size_t{limits::kLogMatchesPerSecond});
  EXPECT_EQ(watch.views().at(0).matches, std::uint64_t{limits::kLogMatchesPerSecond});
  EXPECT_EQ(watch.views().at(0).held_back, 100U - limits::kLogMatchesPerSecond);
  reactor.advance(1s);
  add("a.service", "boom");
  EXPECT_EQ(got.size(), std::size_t{limits::kLogMatchesPerSecond} + 1);
}

TEST_F(LogWatchTest, AnEntryOfTheFutureIsOfNow) {
  configure({in_journal("a", "a.service", "boom")});
  journal->add(reactor.now() + 1h, "a.service", "boom");
  reactor.settle();
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].at, reactor.now());
}

TEST_F(LogWatchTest, SaysWhatCannotBeReadAndForWhom) {
  journal->open_problem = "no journal here";
  configure({in_journal("a", "a.service", "x"), in_journal("b", "b.service", "x"),
             in_file("c", "missing", "x")});
  EXPECT_THAT(watch.problems(),
              ElementsAre("journal: no journal here", HasSubstr("missing: open: No such file")));
  EXPECT_EQ(watch.views().at(1).problem, "no journal here");
  EXPECT_THAT(watch.views().at(2).problem, HasSubstr("No such file"));
}

TEST_F(LogWatchTest, ATriggerThatStaysKeepsItsCounts) {
  configure({in_journal("a", "a.service", "boom")});
  add("a.service", "boom");
  configure({in_journal("b", "b.service", "boom"), in_journal("a", "a.service", "boom")});
  EXPECT_EQ(watch.views().at(1).matches, 1U);
  configure({in_journal("a", "a.service", "bang")});
  EXPECT_EQ(watch.views().at(0).matches, 0U);
  EXPECT_THAT(watch.cursor(), testing::EndsWith(" 1"));
}

TEST_F(LogWatchTest, WithoutTriggersNothingIsOpen) {
  configure({});
  EXPECT_EQ(journal->opens, 0);
  EXPECT_EQ(reactor.watches(), 0U);
  EXPECT_EQ(reactor.timers(), 0U);
  EXPECT_THAT(watch.problems(), IsEmpty());
}

TEST(LogTrigger, KnowsUnitsByTheirEnding) {
  for (const std::string_view unit : {"dovecot.service", "getty@tty1.service", "session-1.scope"})
    EXPECT_TRUE(names_unit(unit)) << unit;
  for (const std::string_view name : {"dovecot", "kernel", "php-fpm8.2", "", "service"})
    EXPECT_FALSE(names_unit(name)) << name;
}

}  // namespace
}  // namespace slewd::remedy
