// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/owed_book.hpp"

#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/remedy/step/owed_payer.hpp"
#include "base/limits.hpp"

#include "tests/unit/no_folder_sync.hpp"
#include "tests/unit/remedy/step/step_fakes.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

OwedAction start_of(const std::string& unit, std::uint64_t step = 7) {
  OwedAction owed;
  owed.step = step;
  owed.rule = "guard";
  owed.what = "start " + unit;
  owed.verb = "start";
  owed.unit = unit;
  owed.boot_id = "boot";
  owed.due = BootTime{100s};
  return owed;
}

class OwedBookTest : public testing::Test {
 protected:
  TemporaryFolder folder{TemporaryFolder::fast_place()};
  std::string path = folder.file("owed");
  OwedBook book{path};
};

TEST_F(OwedBookTest, KeepsWhatIsOwedForWhoeverOpensItNext) {
  const auto first = book.add(start_of("a.service"));
  ASSERT_TRUE(first) << first.error().describe();
  OwedAction program = start_of("");
  program.verb.clear();
  program.argv = {"/usr/bin/varnishadm", "param.set", "clock_step", "1 \"quoted\""};
  program.environment = {"A=b"};
  const auto second = book.add(program);
  ASSERT_TRUE(second);
  EXPECT_EQ(first->id, 1U);
  EXPECT_EQ(second->id, 2U);
  const auto list = OwedBook(path).read();
  ASSERT_TRUE(list);
  EXPECT_EQ(list->actions, (std::vector<OwedAction>{*first, *second}));
  ASSERT_TRUE(OwedBook(path).settle(*first));
  ASSERT_TRUE(book.settle(*first)) << "somebody else was quicker";
  EXPECT_EQ(book.read()->actions, (std::vector<OwedAction>{*second}));
}

TEST_F(OwedBookTest, SettlesTheEntryThatWasPaidAndNoLaterOneWithItsNumber) {
  const auto first = *book.add(start_of("a.service", 7));
  ASSERT_TRUE(book.settle(first));
  const auto later = *book.add(start_of("a.service", 8));
  EXPECT_EQ(later.id, first.id);
  ASSERT_TRUE(OwedBook(path).settle(first));
  EXPECT_EQ(book.read()->actions.size(), 1U);
}

TEST_F(OwedBookTest, RefusesWhatCouldNotBePaidLater) {
  EXPECT_FALSE(book.add(start_of("")));
  EXPECT_FALSE(book.add(start_of("--force")));
  OwedAction program = start_of("");
  program.verb.clear();
  program.argv = {"varnishadm"};
  EXPECT_FALSE(book.add(program)) << "no absolute path";
  EXPECT_FALSE(OwedBook(folder.file("none/owed")).add(start_of("a.service")));
  for (std::size_t i = 0; i < limits::kPendingUndos; ++i)
    ASSERT_TRUE(book.add(start_of("a.service")));
  const auto beyond = book.add(start_of("a.service"));
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code(), ErrorCode::limit);
}

TEST_F(OwedBookTest, WorksOnAFileSystemThatCannotSyncAFolder) {
  const NoFolderSync file_system;
  EXPECT_TRUE(book.add(start_of("a.service")));
}

TEST_F(OwedBookTest, DamagedLinesAreKeptForPeople) {
  ASSERT_TRUE(book.add(start_of("a.service")));
  std::ofstream(path, std::ios::app) << "{\"v\": 1, half\n";
  ASSERT_TRUE(book.add(start_of("b.service")));
  const auto list = book.read();
  ASSERT_TRUE(list);
  EXPECT_EQ(list->actions.size(), 2U);
  EXPECT_EQ(list->damaged, (std::vector<std::string>{"{\"v\": 1, half"}));
}

TEST_F(OwedBookTest, CarriesOutNothingThatOthersCouldHaveWritten) {
  ASSERT_TRUE(book.add(start_of("a.service")));
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  EXPECT_EQ(book.read().error().code(), ErrorCode::permission);
  EXPECT_FALSE(book.add(start_of("b.service")));
  ASSERT_EQ(::unlink(path.c_str()), 0);
  ASSERT_EQ(::symlink("/dev/null", path.c_str()), 0);
  EXPECT_FALSE(book.read());
}

TEST_F(OwedBookTest, RootLeavesTheLockToTheOwnerOfTheFolder) {
  constexpr uid_t kSomebody = 65534;
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  ASSERT_EQ(::chown(folder.path().c_str(), kSomebody, kSomebody), 0);
  EXPECT_TRUE(book.if_empty([] {}));
  struct stat lock {};
  ASSERT_EQ(::stat((path + ".lock").c_str(), &lock), 0);
  EXPECT_EQ(lock.st_uid, kSomebody);
}

TEST_F(OwedBookTest, WaitsForNobodyForLong) {
  const Fd other(::open((path + ".lock").c_str(), O_RDWR | O_CREAT, 0600));
  ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
  EXPECT_EQ(book.add(start_of("a.service")).error().code(), ErrorCode::unavailable);
}

TEST_F(OwedBookTest, TellsWhetherTheOneWhoOwesLives) {
  EXPECT_FALSE(book.kept());
  {
    OwedBook keeper(path);
    ASSERT_TRUE(keeper.keep());
    EXPECT_TRUE(book.kept());
    OwedBook another(path);
    EXPECT_TRUE(another.keep()) << "whoever asks must not keep a slewd from its start";
  }
  EXPECT_FALSE(book.kept());
}

TEST_F(OwedBookTest, EndsWithTheLastDebtOnly) {
  int ended = 0;
  const auto owed = book.add(start_of("a.service"));
  EXPECT_EQ(*book.if_empty([&] { ++ended; }), false);
  ASSERT_TRUE(book.settle(*owed));
  EXPECT_EQ(*book.if_empty([&] { ++ended; }), true);
  EXPECT_EQ(ended, 1);
}

TEST(OwedAction, IsDueAtItsTimeAndInAnotherBoot) {
  const OwedAction owed = start_of("a.service");
  EXPECT_FALSE(is_due(owed, "boot", BootTime{99s}));
  EXPECT_TRUE(is_due(owed, "boot", BootTime{100s}));
  EXPECT_TRUE(is_due(owed, "another", BootTime{1s}));
}

TEST(OwedAction, IsTheTargetsOwnCommandOrItsUnit) {
  rules::Target mail = unit_target("mail");
  const rules::Action start = rules::ServiceAction{rules::Verb::start, "mail"};
  EXPECT_EQ(owed_for(start, {mail})->unit, "mail.service");
  mail.commands = {{rules::Verb::start, {"/bin/start-mail"}}};
  EXPECT_EQ(owed_for(start, {mail})->argv, (std::vector<std::string>{"/bin/start-mail"}));
  EXPECT_FALSE(owed_for(rules::ServiceAction{rules::Verb::start, "news"}, {mail}));
  EXPECT_FALSE(owed_for(rules::BurstAction{}, {mail}));
  EXPECT_FALSE(owed_for(
      rules::ServiceAction{rules::Verb::start, "bare"},
      {rules::Target{
          .name = "bare", .unit = {}, .commands = {}, .probes = {}, .logs = {}, .file = {}}}));
}

class OwedPayerTest : public OwedBookTest {
 protected:
  TestReactor reactor;
  FakeServices services;
  OwedPayer payer{reactor, book, services, "/bin/systemctl"};
  std::vector<OwedPayer::Payment> payments;
  int rounds = 0;
  OwedPayer::Done done() {
    return [this](const Result<std::vector<OwedPayer::Payment>>& paid) {
      ++rounds;
      if (paid) payments = *paid;
    };
  }
};

TEST_F(OwedPayerTest, PaysWhatIsChosenOneAfterTheOtherAndStrikesItOff) {
  ASSERT_TRUE(book.add(start_of("a.service", 1)));
  ASSERT_TRUE(book.add(start_of("b.service", 2)));
  ASSERT_TRUE(book.add(start_of("c.service", 2)));
  payer.pay([](const OwedAction& owed) { return owed.step == 2; }, done());
  EXPECT_EQ(rounds, 0);
  reactor.settle();
  EXPECT_EQ(rounds, 1);
  EXPECT_EQ(services.begun, (std::vector<std::string>{"run /bin/systemctl start -- b.service",
                                                      "run /bin/systemctl start -- c.service"}));
  ASSERT_EQ(payments.size(), 2U);
  EXPECT_TRUE(payments[0].paid);
  EXPECT_EQ(book.read()->actions.size(), 1U);
}

TEST_F(OwedPayerTest, LeavesWhatFailsOrHangsInTheBookAndGoesOn) {
  ASSERT_TRUE(book.add(start_of("a.service")));
  ASSERT_TRUE(book.add(start_of("b.service")));
  ASSERT_TRUE(book.add(start_of("c.service")));
  services.choose = [](const std::string& action) {
    if (action.find("a.service") != std::string::npos)
      return Manner{false, true, rules::Ending::failed};
    if (action.find("b.service") != std::string::npos) return Manner{false, false, {}};
    return Manner{};
  };
  payer.pay([](const OwedAction&) { return true; }, done());
  reactor.advance(2min);
  EXPECT_EQ(rounds, 1);
  ASSERT_EQ(payments.size(), 3U);
  EXPECT_FALSE(payments[0].paid);
  EXPECT_FALSE(payments[1].paid);
  EXPECT_TRUE(payments[2].paid);
  EXPECT_TRUE(services.pending.empty());
  EXPECT_EQ(book.read()->actions.size(), 2U);
  EXPECT_FALSE(payer.busy());
}

TEST(OwedAction, AProgramMayTakeLongerThanAJobThatSystemdGoesOnWith) {
  rules::Target mail;
  mail.name = "mail";
  mail.unit = "mail.service";
  EXPECT_EQ(owed_for(rules::ServiceAction{rules::Verb::start, "mail"}, {mail})->timeout, 1min);
  EXPECT_EQ(owed_for(rules::RunAction{{"/bin/start"}, {}, {}}, {mail})->timeout, 5min);
}

TEST_F(OwedPayerTest, RoundsTakeTurns) {
  ASSERT_TRUE(book.add(start_of("a.service")));
  payer.pay([](const OwedAction&) { return true; }, done());
  payer.pay([](const OwedAction&) { return true; }, done());
  reactor.settle();
  EXPECT_EQ(rounds, 2);
  EXPECT_EQ(services.begun.size(), 1U);
}

}  // namespace
}  // namespace slewd::remedy
