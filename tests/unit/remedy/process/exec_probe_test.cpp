// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/process/exec_probe.hpp"

#include <cstdlib>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "tests/unit/remedy/probes/probe_run.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using rules::ProbeSpec;
using rules::ProbeState;

// A named pipe whose reading end tells when the last process that has it open for writing is gone.
class NamedPipeLifeline {
 public:
  NamedPipeLifeline() {
    if (::mkfifo(path_.c_str(), 0600) != 0) std::abort();
    reading_ = Fd(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }
  NamedPipeLifeline(const NamedPipeLifeline&) = delete;
  NamedPipeLifeline& operator=(const NamedPipeLifeline&) = delete;
  ~NamedPipeLifeline() = default;

  // Of a shell script: holds the pipe open and writes a byte into it.
  [[nodiscard]] std::string hold() const { return "exec 7>" + path_ + "; echo >&7; "; }
  [[nodiscard]] bool taken() { return (events() & POLLIN) != 0; }
  [[nodiscard]] bool let_go() { return (events() & POLLHUP) != 0; }

 private:
  short events() {
    pollfd entry{reading_.get(), POLLIN, 0};
    return ::poll(&entry, 1, 0) > 0 ? entry.revents : short{0};
  }
  TemporaryFolder folder_;
  std::string path_ = folder_.file("lifeline");
  Fd reading_;
};

class ExecProbeTest : public ProbeRun {
 protected:
  static ProbeSpec shell(const std::string& script) {
    ProbeSpec wanted;
    wanted.name = "dovecot.looks-well";
    wanted.type = rules::ProbeType::exec;
    wanted.argv = {"/bin/sh", "-c", script};
    return wanted;
  }
  static ProbeSpec table(const std::string& script) {
    ProbeSpec wanted = shell(script);
    wanted.column = rules::ColumnMatch{.name = "listening", .equals = "y"};
    return wanted;
  }
  std::size_t killed() const { return sources.reaper->waiting("dovecot.looks-well"); }
};

TEST_F(ExecProbeTest, AnExitStatusOfZeroPasses) {
  const ProbeResult found = run(shell("echo fine; echo really >&2"));
  EXPECT_EQ(found.state, ProbeState::ok);
  EXPECT_EQ(found.detail, "exit status 0: fine | really");
  EXPECT_EQ(reactor.watches(), 0U);
  EXPECT_EQ(reactor.timers(), 0U);
}

TEST_F(ExecProbeTest, AnyOtherEndFails) {
  const ProbeResult found = run(shell("echo down; exit 3"));
  EXPECT_EQ(found.state, ProbeState::failed);
  EXPECT_EQ(found.detail, "exit status 3: down");
  EXPECT_EQ(run(shell("kill -9 $$")).state, ProbeState::failed);
}

TEST_F(ExecProbeTest, AProgramThatIsNotThereSaysNothingOfTheService) {
  ProbeSpec wanted = shell("");
  wanted.argv = {"/no/such/program"};
  const ProbeResult found = run(wanted);
  EXPECT_EQ(found.state, ProbeState::unknown);
  EXPECT_EQ(found.detail, "cannot start /no/such/program: No such file or directory");
}

TEST_F(ExecProbeTest, TheTableIsStandardOutputAlone) {
  const ProbeResult found =
      run(table(R"(echo warning >&2; printf 'name\tlistening\nimap\ty\n'; echo more >&2)"));
  EXPECT_EQ(found.state, ProbeState::ok) << found.detail;
  EXPECT_EQ(found.detail, "'listening' is 'y' in one row");
}

TEST_F(ExecProbeTest, ATableWithAnotherValueFails) {
  EXPECT_EQ(run(table(R"(printf 'name\tlistening\nimap\tn\n')")).state, ProbeState::failed);
  EXPECT_EQ(run(table(R"(printf 'name\tlistening\n')")).state, ProbeState::failed);
  EXPECT_EQ(run(table("exit 0")).state, ProbeState::unknown);
}

TEST_F(ExecProbeTest, AnExitStatusGoesBeforeTheTableAndStandardErrorSaysWhy) {
  const ProbeResult found =
      run(table(R"(printf 'name\tlistening\nimap\ty\n'; echo no socket >&2; exit 75)"));
  EXPECT_EQ(found.state, ProbeState::failed);
  EXPECT_EQ(found.detail, "exit status 75: no socket");
}

TEST_F(ExecProbeTest, AFloodIsReadAndDropped) {
  const ProbeResult found =
      run(table("printf 'listening\\n'; head -c 1000000 /dev/zero | tr '\\0' y"));
  EXPECT_EQ(found.state, ProbeState::unknown);
  EXPECT_EQ(found.detail, "a table of more than 65536 bytes");
}

TEST_F(ExecProbeTest, TheDeadlineKillsTheWholeGroupAndReportsAtOnce) {
  NamedPipeLifeline lifeline;
  begin(
      shell("trap '' TERM; " + lifeline.hold() + "(trap '' TERM; sleep 1000) & wait; sleep 1000"));
  ASSERT_TRUE(reactor.run_until([&] { return lifeline.taken(); }));
  reactor.advance(2999ms);
  EXPECT_FALSE(result);
  reactor.advance(1ms);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->state, ProbeState::failed);
  EXPECT_EQ(result->detail, "killed after 3s timeout");
  EXPECT_EQ(result->took, 3s);
  EXPECT_TRUE(reactor.run_until([&] { return killed() == 0 && lifeline.let_go(); }));
  EXPECT_EQ(reactor.watches(), 0U);
  EXPECT_EQ(reactor.timers(), 0U);
}

TEST_F(ExecProbeTest, AProbeThatIsDroppedTakesItsProgramWithIt) {
  NamedPipeLifeline lifeline;
  begin(shell(lifeline.hold() + "sleep 1000"));
  ASSERT_TRUE(reactor.run_until([&] { return lifeline.taken(); }));
  probe.reset();
  EXPECT_EQ(killed(), 1U);
  EXPECT_TRUE(reactor.run_until([&] { return killed() == 0 && lifeline.let_go(); }));
  EXPECT_FALSE(result);
  EXPECT_EQ(reactor.watches(), 0U);
}

TEST_F(ExecProbeTest, WhatAProgramLeavesBehindHoldsNothingUp) {
  NamedPipeLifeline lifeline;
  EXPECT_EQ(run(shell(lifeline.hold() + "sleep 2 & exit 0")).state, ProbeState::ok);
  EXPECT_EQ(reactor.watches(), 0U);
}

TEST_F(ExecProbeTest, ChildrenThatCannotBeKilledDoNotPileUp) {
  // Killed, but the loop has not turned since: to the reaper they have not ended.
  for (std::size_t run = 0; run < limits::kProbeChildren; ++run) {
    begin(shell("sleep 1000"));
    probe.reset();
  }
  ASSERT_EQ(killed(), limits::kProbeChildren);
  begin(shell("exit 0"));
  reactor.settle();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->state, ProbeState::failed);
  EXPECT_EQ(result->detail, "4 earlier runs survived SIGKILL");
  ASSERT_TRUE(reactor.run_until([&] { return killed() == 0; }));
  EXPECT_EQ(run(shell("exit 0")).state, ProbeState::ok);
}

}  // namespace
}  // namespace slewd::remedy
