// SPDX-License-Identifier: Apache-2.0
// Pays what is owed: carries the actions out one after the other and strikes them off the book.
// Agent thread, or the one thread of `slewd resume-services`.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/ports/actuator.hpp"
#include "agent/remedy/step/owed_book.hpp"

namespace slewd::remedy {

class OwedPayer {
 public:
  struct Payment {
    OwedAction owed;
    bool paid = false;  // it is done, and off the book
    std::string detail;
  };
  using Which = std::function<bool(const OwedAction&)>;
  // Told once: every payment that was tried. It may call pay() again.
  using Done = std::function<void(Result<std::vector<Payment>>)>;

  // `run` carries out RunAction and serves nobody else: the ids of the actions are the payer's own.
  // All outlive the payer.
  OwedPayer(os::Reactor& reactor, OwedBook& book, Actuator& run,
            std::string systemctl = "/usr/bin/systemctl");
  OwedPayer(const OwedPayer&) = delete;
  OwedPayer& operator=(const OwedPayer&) = delete;
  ~OwedPayer();  // leaves what is under way to itself, without a report

  // Pays those of the book's actions that `which` chooses, each tried once. `done` is never called
  // from within pay(); the error is the book's. One round at a time: later ones wait their turn.
  void pay(Which which, Done done);
  [[nodiscard]] bool busy() const { return !rounds_.empty(); }

 private:
  struct Round {
    Which which;
    Done done;
    bool read = false;
    std::deque<OwedAction> left;
    std::vector<Payment> payments;
  };

  void next();
  void begin(const OwedAction& owed);
  void on_paid(const OwedAction& owed, const ActResult& result);
  void end(Result<std::vector<Payment>> result);

  os::Reactor& reactor_;
  OwedBook& book_;
  Actuator& run_;
  std::string systemctl_;
  std::deque<Round> rounds_;  // the first is under way
  std::uint64_t last_action_ = 0;
  os::Timer turn_;
  os::Timer backstop_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace slewd::remedy
