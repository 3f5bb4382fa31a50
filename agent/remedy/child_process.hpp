// One child process from start to end: its own session, its deadline, its output. Agent thread
// only.
#pragma once

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "agent/remedy/actuator.hpp"
#include "agent/remedy/reactor.hpp"
#include "base/fd.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

class ChildProcess {
 public:
  // `done` is called exactly once unless abandon() comes first; never from within start().
  // `gone` is called when nothing of the child is left to be watched: no process to be reaped and
  // nobody who could still write into its pipe. Both may destroy the ChildProcess.
  ChildProcess(Reactor& reactor, Actuator::Done done, std::function<void()> gone);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  // Leaves a child that still runs to itself: a remedy under way when the daemon stops must not be
  // cut in the middle, with a service down.
  ~ChildProcess();

  // argv[0] is an absolute path; no shell reads the words. After an error neither `done` nor `gone`
  // will be called. After `timeout` the child's process group gets SIGTERM, 2 s later SIGKILL.
  Result<void> start(const std::vector<std::string>& argv, Nanos timeout);
  // SIGKILL to the group, and no report.
  void abandon();
  // `done` has been called (or the child abandoned), and only the pipe is still held by a
  // descendant that the child has left behind.
  [[nodiscard]] bool lingering() const { return reported_ && !pidfd_.valid(); }

 private:
  Result<void> spawn(const std::vector<std::string>& argv, int output);
  void watch_output();
  // Reads what is there, keeps the first bytes and drops the rest.
  void read_output();
  void on_exit();
  void on_deadline();
  void on_kill_deadline();
  void signal_group(int number) const;
  [[nodiscard]] std::string with_output(std::string text) const;
  // Null when somebody else has reaped the child.
  [[nodiscard]] ActResult end_of(const siginfo_t* info) const;
  void conclude(std::optional<ActResult> result);

  Reactor& reactor_;
  Actuator::Done done_;
  std::function<void()> gone_;
  Timer deadline_;
  Nanos timeout_{};
  pid_t pid_ = -1;
  Fd pidfd_;   // valid until the child is reaped
  Fd output_;  // valid until every writer has gone
  std::string captured_;
  std::size_t dropped_ = 0;
  bool killing_ = false;  // the deadline has passed
  bool reported_ = false;
};

}  // namespace slewd::remedy
