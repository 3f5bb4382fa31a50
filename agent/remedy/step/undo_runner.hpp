// SPDX-License-Identifier: Apache-2.0
// Executes pending undos one after the other and removes them from the undo log.
// Agent thread, or the one thread of `slewd resume-services`.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/dispatch/link_runner.hpp"
#include "agent/remedy/step/undo_log.hpp"

namespace slewd::remedy {

class UndoRunner {
 public:
  struct Attempt {
    PendingUndo undo;
    bool done = false;  // and removed from the log
    std::string detail;
  };
  using Which = std::function<bool(const PendingUndo&)>;
  // Called once, with every attempt. It may call run() again.
  using Done = std::function<void(Result<std::vector<Attempt>>)>;

  // `run` carries out RunAction and has no other user: the ids of the actions are the runner's own.
  // All outlive the runner.
  UndoRunner(os::Reactor& reactor, UndoLog& log, Actuator& run,
             std::string systemctl = "/usr/bin/systemctl");
  UndoRunner(const UndoRunner&) = delete;
  UndoRunner& operator=(const UndoRunner&) = delete;
  ~UndoRunner();  // an action in flight goes on, without a report

  // Executes the undos of the log that `which` selects, each once. `done` is never called from
  // within run(); the error is that of the log. One round at a time: later ones wait.
  void run(Which which, Done done);
  [[nodiscard]] bool busy() const { return !rounds_.empty(); }

 private:
  struct Round {
    Which which;
    Done done;
    bool read = false;
    std::deque<PendingUndo> left;
    std::vector<Attempt> attempts;
  };

  void next();
  void begin(const PendingUndo& undo);
  void on_ended(const PendingUndo& undo, const LinkResult& result);
  void end(Result<std::vector<Attempt>> result);

  os::Reactor& reactor_;
  UndoLog& log_;
  Actuator& run_;
  std::string systemctl_;
  std::deque<Round> rounds_;  // the first is under way
  std::uint64_t last_action_ = 0;
  os::Timer turn_;
  LinkRunner runner_;
};

}  // namespace slewd::remedy
