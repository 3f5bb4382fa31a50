// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/undo_runner.hpp"

#include <algorithm>
#include <utility>

namespace slewd::remedy {

UndoRunner::UndoRunner(os::Reactor& reactor, UndoLog& log, Actuator& run, std::string systemctl)
    : reactor_(reactor),
      log_(log),
      run_(run),
      systemctl_(std::move(systemctl)),
      turn_(reactor),
      runner_(reactor) {}

UndoRunner::~UndoRunner() = default;

void UndoRunner::run(Which which, Done done) {
  rounds_.push_back({std::move(which), std::move(done), false, {}, {}});
  if (rounds_.size() == 1) turn_.start(reactor_.now(), [this] { next(); });
}

void UndoRunner::next() {
  Round& round = rounds_.front();
  if (!std::exchange(round.read, true)) {
    auto list = log_.read();
    if (!list) return end(fail(std::move(list.error())));
    for (PendingUndo& undo : list->actions)
      if (round.which(undo)) round.left.push_back(std::move(undo));
    // Units first: they must not wait for a program that hangs.
    std::stable_partition(round.left.begin(), round.left.end(),
                          [](const PendingUndo& undo) { return undo.argv.empty(); });
  }
  if (round.left.empty()) return end(std::move(round.attempts));
  const PendingUndo undo = std::move(round.left.front());
  round.left.pop_front();
  begin(undo);
}

void UndoRunner::begin(const PendingUndo& undo) {
  rules::Link link;
  link.action = command_for(undo, systemctl_);
  link.timeout = undo.timeout;
  runner_.run({run_, ++last_action_, link},
              [this, undo](const LinkResult& result) { on_ended(undo, result); });
}

void UndoRunner::on_ended(const PendingUndo& undo, const LinkResult& result) {
  Attempt attempt{undo, result.acted, result.detail};
  if (attempt.done)
    if (const auto removed = log_.remove(undo); !removed) {
      attempt.done = false;
      attempt.detail +=
          ", but it cannot be removed from the undo log: " + removed.error().describe();
    }
  rounds_.front().attempts.push_back(std::move(attempt));
  turn_.start(reactor_.now(), [this] { next(); });
}

void UndoRunner::end(Result<std::vector<Attempt>> result) {
  const Done done = std::move(rounds_.front().done);
  rounds_.pop_front();
  if (!rounds_.empty()) turn_.start(reactor_.now(), [this] { next(); });
  done(std::move(result));
}

}  // namespace slewd::remedy
