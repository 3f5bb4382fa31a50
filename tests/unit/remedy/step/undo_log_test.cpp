// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/undo_log.hpp"

#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/remedy/step/undo_runner.hpp"
#include "base/limits.hpp"

#include "tests/unit/no_folder_sync.hpp"
#include "tests/unit/remedy/step/step_fakes.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

PendingUndo start_of(const std::string& unit, std::uint64_t step = 7) {
  PendingUndo undo;
  undo.step = step;
  undo.rule = "guard";
  undo.what = "start " + unit;
  undo.verb = "start";
  undo.unit = unit;
  undo.boot_id = "boot";
  undo.due = BootTime{100s};
  return undo;
}

class UndoLogTest : public testing::Test {
 protected:
  TemporaryFolder folder{TemporaryFolder::fast_place()};
  std::string path = folder.file("pending-undos");
  UndoLog log{path};
};

TEST_F(UndoLogTest, KeepsWhatIsOwedForWhoeverOpensItNext) {
  const auto first = log.add(start_of("a.service"));
  ASSERT_TRUE(first) << first.error().describe();
  PendingUndo program = start_of("");
  program.verb.clear();
  program.argv = {"/usr/bin/varnishadm", "param.set", "clock_step", "1 \"quoted\""};
  program.environment = {"A=b"};
  const auto second = log.add(program);
  ASSERT_TRUE(second);
  EXPECT_EQ(first->id, 1U);
  EXPECT_EQ(second->id, 2U);
  const auto list = UndoLog(path).read();
  ASSERT_TRUE(list);
  EXPECT_EQ(list->actions, (std::vector<PendingUndo>{*first, *second}));
  ASSERT_TRUE(UndoLog(path).remove(*first));
  ASSERT_TRUE(log.remove(*first)) << "another process was first";
  EXPECT_EQ(log.read()->actions, (std::vector<PendingUndo>{*second}));
}

TEST_F(UndoLogTest, SettlesTheEntryThatWasPaidAndNoLaterOneWithItsNumber) {
  const auto first = *log.add(start_of("a.service", 7));
  ASSERT_TRUE(log.remove(first));
  const auto later = *log.add(start_of("a.service", 8));
  EXPECT_EQ(later.id, first.id);
  ASSERT_TRUE(UndoLog(path).remove(first));
  EXPECT_EQ(log.read()->actions.size(), 1U);
}

TEST_F(UndoLogTest, RefusesWhatCouldNotBePaidLater) {
  EXPECT_FALSE(log.add(start_of("")));
  EXPECT_FALSE(log.add(start_of("--force")));
  PendingUndo program = start_of("");
  program.verb.clear();
  program.argv = {"varnishadm"};
  EXPECT_FALSE(log.add(program)) << "no absolute path";
  EXPECT_FALSE(UndoLog(folder.file("none/pending-undos")).add(start_of("a.service")));
  for (std::size_t i = 0; i < limits::kPendingUndos; ++i)
    ASSERT_TRUE(log.add(start_of("a.service")));
  const auto beyond = log.add(start_of("a.service"));
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code(), ErrorCode::limit);
}

TEST_F(UndoLogTest, WorksOnAFileSystemThatCannotSyncAFolder) {
  const NoFolderSync file_system;
  EXPECT_TRUE(log.add(start_of("a.service")));
}

TEST_F(UndoLogTest, DamagedLinesAreKeptForPeople) {
  ASSERT_TRUE(log.add(start_of("a.service")));
  std::ofstream(path, std::ios::app) << "{\"v\": 1, half\n";
  ASSERT_TRUE(log.add(start_of("b.service")));
  const auto list = log.read();
  ASSERT_TRUE(list);
  EXPECT_EQ(list->actions.size(), 2U);
  EXPECT_EQ(list->damaged, (std::vector<std::string>{"{\"v\": 1, half"}));
}

TEST_F(UndoLogTest, CarriesOutNothingThatOthersCouldHaveWritten) {
  ASSERT_TRUE(log.add(start_of("a.service")));
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  EXPECT_EQ(log.read().error().code(), ErrorCode::permission);
  EXPECT_FALSE(log.add(start_of("b.service")));
  ASSERT_EQ(::unlink(path.c_str()), 0);
  ASSERT_EQ(::symlink("/dev/null", path.c_str()), 0);
  EXPECT_FALSE(log.read());
}

TEST_F(UndoLogTest, RootLeavesTheLockToTheOwnerOfTheFolder) {
  constexpr uid_t kSomebody = 65534;
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  ASSERT_EQ(::chown(folder.path().c_str(), kSomebody, kSomebody), 0);
  EXPECT_TRUE(log.if_empty([] {}));
  struct stat lock {};
  ASSERT_EQ(::stat((path + ".lock").c_str(), &lock), 0);
  EXPECT_EQ(lock.st_uid, kSomebody);
}

TEST_F(UndoLogTest, WaitsForNobodyForLong) {
  const Fd other(::open((path + ".lock").c_str(), O_RDWR | O_CREAT, 0600));
  ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
  EXPECT_EQ(log.add(start_of("a.service")).error().code(), ErrorCode::unavailable);
}

TEST_F(UndoLogTest, TellsWhetherTheOneWhoOwesLives) {
  EXPECT_FALSE(log.keeper_alive());
  {
    UndoLog keeper(path);
    ASSERT_TRUE(keeper.hold_keeper_lock());
    EXPECT_TRUE(log.keeper_alive());
    UndoLog another(path);
    EXPECT_TRUE(another.hold_keeper_lock()) << "a check must not keep a slewd from its start";
  }
  EXPECT_FALSE(log.keeper_alive());
}

TEST_F(UndoLogTest, EndsWithTheLastDebtOnly) {
  int ended = 0;
  const auto undo = log.add(start_of("a.service"));
  EXPECT_EQ(*log.if_empty([&] { ++ended; }), false);
  ASSERT_TRUE(log.remove(*undo));
  EXPECT_EQ(*log.if_empty([&] { ++ended; }), true);
  EXPECT_EQ(ended, 1);
}

TEST(PendingUndo, IsDueAtItsTimeAndInAnotherBoot) {
  const PendingUndo undo = start_of("a.service");
  EXPECT_FALSE(is_due(undo, "boot", BootTime{99s}));
  EXPECT_TRUE(is_due(undo, "boot", BootTime{100s}));
  EXPECT_TRUE(is_due(undo, "another", BootTime{1s}));
}

TEST(PendingUndo, IsTheTargetsOwnCommandOrItsUnit) {
  rules::Target mail = unit_target("mail");
  const rules::Action start = rules::ServiceAction{rules::Verb::start, "mail"};
  EXPECT_EQ(pending_undo_for(start, {mail})->unit, "mail.service");
  mail.commands = {{rules::Verb::start, {"/bin/start-mail"}}};
  EXPECT_EQ(pending_undo_for(start, {mail})->argv, (std::vector<std::string>{"/bin/start-mail"}));
  EXPECT_FALSE(pending_undo_for(rules::ServiceAction{rules::Verb::start, "news"}, {mail}));
  EXPECT_FALSE(pending_undo_for(rules::BurstAction{}, {mail}));
  EXPECT_FALSE(pending_undo_for(
      rules::ServiceAction{rules::Verb::start, "bare"},
      {rules::Target{
          .name = "bare", .unit = {}, .commands = {}, .probes = {}, .logs = {}, .file = {}}}));
}

class UndoRunnerTest : public UndoLogTest {
 protected:
  TestReactor reactor;
  FakeServices services;
  UndoRunner runner{reactor, log, services, "/bin/systemctl"};
  std::vector<UndoRunner::Attempt> attempts;
  int rounds = 0;
  UndoRunner::Done done() {
    return [this](const Result<std::vector<UndoRunner::Attempt>>& done) {
      ++rounds;
      if (done) attempts = *done;
    };
  }
};

TEST_F(UndoRunnerTest, PaysWhatIsChosenOneAfterTheOtherAndStrikesItOff) {
  ASSERT_TRUE(log.add(start_of("a.service", 1)));
  ASSERT_TRUE(log.add(start_of("b.service", 2)));
  ASSERT_TRUE(log.add(start_of("c.service", 2)));
  runner.run([](const PendingUndo& undo) { return undo.step == 2; }, done());
  EXPECT_EQ(rounds, 0);
  reactor.settle();
  EXPECT_EQ(rounds, 1);
  EXPECT_EQ(services.begun, (std::vector<std::string>{"run /bin/systemctl start -- b.service",
                                                      "run /bin/systemctl start -- c.service"}));
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_TRUE(attempts[0].done);
  EXPECT_EQ(log.read()->actions.size(), 1U);
}

TEST_F(UndoRunnerTest, LeavesWhatFailsOrHangsInTheBookAndGoesOn) {
  ASSERT_TRUE(log.add(start_of("a.service")));
  ASSERT_TRUE(log.add(start_of("b.service")));
  ASSERT_TRUE(log.add(start_of("c.service")));
  services.choose = [](const std::string& action) {
    if (action.find("a.service") != std::string::npos)
      return Manner{false, true, rules::Ending::failed};
    if (action.find("b.service") != std::string::npos) return Manner{false, false, {}};
    return Manner{};
  };
  runner.run([](const PendingUndo&) { return true; }, done());
  reactor.advance(2min);
  EXPECT_EQ(rounds, 1);
  ASSERT_EQ(attempts.size(), 3U);
  EXPECT_FALSE(attempts[0].done);
  EXPECT_FALSE(attempts[1].done);
  EXPECT_TRUE(attempts[2].done);
  EXPECT_TRUE(services.pending.empty());
  EXPECT_EQ(log.read()->actions.size(), 2U);
  EXPECT_FALSE(runner.busy());
}

TEST(PendingUndo, AProgramMayTakeLongerThanAJobThatSystemdGoesOnWith) {
  rules::Target mail;
  mail.name = "mail";
  mail.unit = "mail.service";
  EXPECT_EQ(pending_undo_for(rules::ServiceAction{rules::Verb::start, "mail"}, {mail})->timeout,
            1min);
  EXPECT_EQ(pending_undo_for(rules::RunAction{{"/bin/start"}, {}, {}}, {mail})->timeout, 5min);
}

TEST_F(UndoRunnerTest, RoundsTakeTurns) {
  ASSERT_TRUE(log.add(start_of("a.service")));
  runner.run([](const PendingUndo&) { return true; }, done());
  runner.run([](const PendingUndo&) { return true; }, done());
  reactor.settle();
  EXPECT_EQ(rounds, 2);
  EXPECT_EQ(services.begun.size(), 1U);
}

}  // namespace
}  // namespace slewd::remedy
