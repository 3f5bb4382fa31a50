// SPDX-License-Identifier: Apache-2.0
// One child process from start to end: its own session, its deadline, its output. Agent thread
// only.
#pragma once

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "agent/os/reactor.hpp"
#include "agent/remedy/ports/actuator.hpp"
#include "agent/remedy/process/captured_pipe.hpp"
#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

// What is done with what a child writes.
struct ChildOutput {
  std::size_t kept = limits::kActionOutputBytes;  // of each stream; the rest is read and dropped
  bool errors_apart = false;  // standard error is a stream by itself; else both are one
  bool follow = true;         // read on what descendants write when the child has ended
};

class ChildProcess {
 public:
  // `done` is called exactly once unless abandon() comes first; never from within start().
  // `gone` is called when nothing of the child is left to be watched: no process to be reaped and
  // no process that could still write into its pipe. Both may destroy the ChildProcess.
  ChildProcess(os::Reactor& reactor, Actuator::Done done, std::function<void()> gone,
               const ChildOutput& output = {});
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  // Leaves a child that still runs to itself: a remedy under way when the daemon stops must not be
  // cut in the middle, with a service down.
  ~ChildProcess();

  // argv[0] is an absolute path; no shell interprets it. `environment` ("NAME=text") goes before
  // the little that every child gets. After an error neither `done` nor `gone` will be called.
  // After `timeout` the child's process group gets SIGTERM, 2 s later SIGKILL.
  Result<void> start(const std::vector<std::string>& argv, Nanos timeout,
                     const std::vector<std::string>& environment = {});
  // SIGKILL to the group, and no report.
  void abandon();
  // The same, with another owner that is notified when nothing is left.
  void abandon(std::function<void()> gone);
  // It has been started and is not reaped.
  [[nodiscard]] bool running() const { return pidfd_.valid(); }
  // What it has written to standard output, and to standard error where that is not apart.
  [[nodiscard]] const CapturedPipe& output() const { return output_; }
  // `done` has been called (or the child abandoned), and only the pipe is still held by a
  // descendant that the child has left behind.
  [[nodiscard]] bool lingering() const { return reported_ && !pidfd_.valid(); }

 private:
  Result<void> spawn(const std::vector<std::string>& argv,
                     const std::vector<std::string>& environment, int output, int errors);
  void on_exit();
  void on_deadline();
  void on_kill_deadline();
  void signal_group(int number) const;
  [[nodiscard]] ActResult with_output(rules::Ending ending, std::string text) const;
  // Null when the child was reaped elsewhere.
  [[nodiscard]] ActResult end_of(const siginfo_t* info) const;
  void conclude(std::optional<ActResult> result);

  os::Reactor& reactor_;
  Actuator::Done done_;
  std::function<void()> gone_;
  os::Timer deadline_;
  Nanos timeout_{};
  pid_t pid_ = -1;
  Fd pidfd_;  // valid until the child is reaped
  bool errors_apart_;
  bool follow_;
  CapturedPipe output_;  // open until every writer has gone
  CapturedPipe errors_;
  bool killing_ = false;  // the deadline has passed
  bool reported_ = false;
};

}  // namespace slewd::remedy
