// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/process/process_actuator.hpp"

#include <csignal>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.hpp"

#include "tests/unit/remedy/test_reactor.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::Ending;
using rules::RunAction;
using rules::ServiceAction;
using rules::Verb;

class Process : public testing::Test {
 protected:
  void begin(const rules::Action& action, Nanos timeout = 10s) {
    actuator.begin(7, action, timeout, [this](const ActResult& reported) {
      EXPECT_FALSE(result) << "a second report";
      result = reported;
    });
  }
  void shell(const std::string& script, Nanos timeout = 10s) {
    begin(RunAction{{"/bin/sh", "-c", script}}, timeout);
  }
  bool ended() {
    return reactor.run_until([&] { return result.has_value(); });
  }
  bool all_gone() {
    return reactor.run_until([&] { return actuator.watched() == 0; });
  }

  TestReactor reactor;
  ProcessActuator actuator{reactor, "/bin/echo"};
  std::optional<ActResult> result;
};

TEST_F(Process, WhatARulePutsIntoTheEnvironmentIsNotAmongTheWordsThatEverybodyReads) {
  begin(RunAction{{"/bin/sh", "-c", "echo $TOKEN $HOME; tr '\\0' ' ' </proc/$$/cmdline"},
                  {},
                  {"TOKEN=s3cret", "HOME=/of/its/own"}});
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->ending, Ending::done);
  EXPECT_NE(result->detail.find("s3cret /of/its/own"), std::string::npos) << result->detail;
  EXPECT_EQ(result->detail.find("TOKEN=s3cret"), std::string::npos) << result->detail;
}

TEST_F(Process, ARulesEnvironmentComesBeforeWhatEveryProgramGets) {
  begin(RunAction{{"/bin/sh", "-c", "echo $TOKEN $HOME $LC_ALL"}, {}, {"TOKEN=t", "HOME=/srv"}});
  ASSERT_TRUE(ended());
  EXPECT_NE(result->detail.find("t /srv C"), std::string::npos) << result->detail;
}

TEST_F(Process, WhatRunuserOrTheLoaderWouldObeyIsSetAfterTheChangeOfUser) {
  if (::geteuid() != 0 || ::access("/usr/sbin/runuser", X_OK) != 0)
    GTEST_SKIP() << "runuser needs root";
  // runuser stays as the parent, whose words everybody can read.
  begin(RunAction{{"/bin/sh", "-c",
                   "id -un; echo $HOME $LD_BIND_NOW $TOKEN; tr '\\0' ' ' </proc/$PPID/cmdline"},
                  "nobody",
                  {"TOKEN=s3cret", "HOME=/srv/app", "LD_BIND_NOW=1"}});
  ASSERT_TRUE(ended());
  EXPECT_NE(result->detail.find("nobody | /srv/app 1 s3cret"), std::string::npos) << result->detail;
  EXPECT_NE(result->detail.find("HOME=/srv/app LD_BIND_NOW=1"), std::string::npos)
      << result->detail;
  EXPECT_EQ(result->detail.find("TOKEN="), std::string::npos) << "a secret among the arguments";
}

// A pipe whose reading end says when no process holds the writing end any more.
struct PipeLifeline {
  PipeLifeline() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    reading = Fd(ends[0]);
    writing = Fd(ends[1]);
  }
  Fd reading;
  Fd writing;
};

TEST_F(Process, ReportsSuccessWithTheOutputOnOneLine) {
  shell("echo one; echo two >&2");
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->ending, Ending::done);
  EXPECT_EQ(result->detail, "exit status 0: one | two");
  EXPECT_TRUE(all_gone());
  EXPECT_EQ(reactor.watches(), 0U);
  EXPECT_EQ(reactor.timers(), 0U);
}

TEST_F(Process, ReportsAnExitStatus) {
  shell("echo no such mailbox; exit 75");
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->ending, Ending::failed);
  EXPECT_EQ(result->detail, "exit status 75: no such mailbox");
}

TEST_F(Process, ReportsASignal) {
  shell("kill -11 $$");
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->ending, Ending::failed);
  EXPECT_EQ(result->detail, "ended by signal 11 (Segmentation fault)");
}

TEST_F(Process, ReportsAProgramThatIsNotThere) {
  begin(RunAction{{"/no/such/program"}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->ending, Ending::failed);
  EXPECT_EQ(result->detail, "cannot start /no/such/program: No such file or directory");
  EXPECT_EQ(actuator.watched(), 0U);
}

TEST_F(Process, RefusesWhatIsNoCommand) {
  const std::vector<std::vector<std::string>> bad{{},
                                                  {"true"},
                                                  {"/bin/true", std::string("a\0b", 3)},
                                                  std::vector<std::string>(65, "/bin/true")};
  for (const auto& argv : bad) {
    result.reset();
    begin(RunAction{argv});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->ending, Ending::refused);
  }
  result.reset();
  begin(rules::BurstAction{});
  EXPECT_EQ(result.value().ending, Ending::refused);
}

TEST_F(Process, GivesTheWordsToNoShell) {
  begin(RunAction{{"/bin/echo", "$HOME; echo bad", "`id`", "*"}});
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->detail, "exit status 0: $HOME; echo bad `id` *");
}

TEST_F(Process, StartsWithAFixedEnvironmentNoSignalSettingsAndASessionOfItsOwn) {
  ::setenv("SLEWD_TEST_SECRET", "leaks", 1);
  const sighandler_t before = ::signal(SIGUSR1, SIG_IGN);
  // The two signals above 31 that are left out belong to the C library.
  shell(
      "env | grep -v ^PWD= | grep -v ^_= | sort; cat;"
      "for set in SigBlk SigIgn; do bits=$(sed -n s/^$set:.//p /proc/$$/status);"
      "echo $set $((0x$bits & 0x7fffffff)); done;"
      "test $(cut -d' ' -f6 /proc/$$/stat) = $$ && echo own session");
  ASSERT_TRUE(ended());
  (void)::signal(SIGUSR1, before);
  ::unsetenv("SLEWD_TEST_SECRET");
  EXPECT_EQ(result->detail,
            "exit status 0: HOME=/ | LC_ALL=C | "
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin | "
            "SigBlk 0 | SigIgn 0 | own session");
}

TEST_F(Process, InheritsNoDescriptor) {
  const Fd left_open(::open("/dev/null", O_RDONLY));  // without O_CLOEXEC
  begin(RunAction{{"/bin/ls", "/proc/self/fd"}});
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->detail, "exit status 0: 0 | 1 | 2 | 3") << "3 is the folder that ls reads";
}

TEST_F(Process, KeepsTheFirstOutputAndDropsTheRestWithoutBlockingTheChild) {
  shell(
      "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; "
      "i=$((i+1)); done");
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->ending, Ending::done);
  EXPECT_NE(result->detail.find("bytes more)"), std::string::npos);
  EXPECT_LT(result->detail.size(), limits::kActionOutputBytes + 200);
}

TEST_F(Process, EndsTheWholeGroupAtTheDeadline) {
  const PipeLifeline lifeline;
  const std::string path =
      "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(lifeline.writing.get());
  // Both processes hold the pipe: its end is the proof that neither is left.
  shell("exec 9>" + path + "; sleep 1000 & echo started; sleep 1000", 30s);
  pollfd hangup{lifeline.reading.get(), POLLIN, 0};
  reactor.advance(29s);
  EXPECT_FALSE(result);
  reactor.advance(1s);
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->ending, Ending::timed_out);
  EXPECT_NE(result->detail.find("killed after 30s timeout"), std::string::npos) << result->detail;
  const_cast<PipeLifeline&>(lifeline).writing.reset();
  EXPECT_EQ(::poll(&hangup, 1, 20000), 1) << "a process of the group has survived";
  EXPECT_TRUE(all_gone());
}

TEST_F(Process, KillsWhatIgnoresTheFirstSignal) {
  const TemporaryFolder folder;
  const std::string ready = folder.file("ready");
  shell("trap '' TERM; : >" + ready + "; while :; do sleep 1000; done", 5s);
  ASSERT_TRUE(reactor.run_until([&] { return ::access(ready.c_str(), F_OK) == 0; }));
  reactor.advance(5s);
  EXPECT_FALSE(result);
  reactor.advance(2s);
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->ending, Ending::timed_out);
}

TEST_F(Process, DoesNotWaitForADaemonThatKeepsThePipe) {
  const TemporaryFolder folder;
  const std::string stop = folder.file("stop");
  // The daemon writes until it is told to stop: it must not die of a closed pipe.
  shell("(while ! [ -e " + stop + " ]; do echo alive || exit; sleep 0.01; done; : >" + stop +
        ".ok) & echo started");
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->ending, Ending::done);
  EXPECT_EQ(actuator.watched(), 1U);
  const std::ofstream stopped{stop};
  EXPECT_TRUE(all_gone());
  EXPECT_EQ(::access((stop + ".ok").c_str(), F_OK), 0) << "the daemon died early";
}

TEST_F(Process, AbandonKillsWithoutAReport) {
  shell("sleep 1000");
  actuator.abandon(7);
  EXPECT_TRUE(all_gone());
  EXPECT_FALSE(result);
  EXPECT_EQ(reactor.timers(), 0U);
}

TEST_F(Process, BoundsTheDaemonsThatItListensTo) {
  const PipeLifeline lifeline;
  const std::string path =
      "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(lifeline.reading.get());
  for (std::size_t i = 0; i < limits::kLingeringPipes + 3; ++i) {
    result.reset();
    shell("(read line <" + path + ") &");  // ends when the lifeline is cut
    ASSERT_TRUE(ended());
  }
  EXPECT_LE(actuator.watched(), limits::kLingeringPipes + 1);
  const_cast<PipeLifeline&>(lifeline).writing.reset();
  EXPECT_TRUE(all_gone());
}

TEST_F(Process, ActsOnATargetByItsCommandOrItsUnit) {
  rules::Target own;
  own.name = "victim";
  own.unit = "victim.service";
  own.commands = {{Verb::restart, {"/bin/echo", "by", "command"}}};
  rules::Target bare;
  bare.name = "bare";
  actuator.set_targets({own, bare});
  begin(ServiceAction{Verb::restart, "victim"});
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->detail, "exit status 0: by command");
  result.reset();
  begin(ServiceAction{Verb::reload, "victim"});
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->detail, "exit status 0: reload -- victim.service");
  result.reset();
  begin(ServiceAction{Verb::stop, "bare"});
  EXPECT_EQ(result.value().ending, Ending::refused);
  EXPECT_EQ(result->detail, "target 'bare' has neither a unit nor a command to stop it");
  result.reset();
  begin(ServiceAction{Verb::stop, "nobody"});
  EXPECT_EQ(result.value().detail, "no target is named 'nobody'");
}

TEST_F(Process, RunsWithTheEnvironmentThatARuleGivesItBesideOurs) {
  begin(RunAction{
      {"/bin/sh", "-c", "echo $CLOCK_STEP; test -n \"$PATH\"; exit 1"}, "", {"CLOCK_STEP=-60 s"}});
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->detail, "exit status 1: -60 s");
}

TEST_F(Process, RunsAsAnotherUserOrNotAtAll) {
  begin(RunAction{{"/bin/sh", "-c", "id -un; exit 1"}, "nobody", {}});
  ASSERT_TRUE(ended());
  EXPECT_EQ(result->ending, Ending::failed);
  EXPECT_EQ(result->detail.find("exit status 1: nobody") != std::string::npos, ::geteuid() == 0)
      << result->detail;
}

}  // namespace
}  // namespace slewd::remedy
