// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/step/owed_payer.hpp"

#include <algorithm>
#include <utility>

namespace slewd::remedy {

using rules::Ending;

OwedPayer::OwedPayer(os::Reactor& reactor, OwedBook& book, Actuator& run, std::string systemctl)
    : reactor_(reactor),
      book_(book),
      run_(run),
      systemctl_(std::move(systemctl)),
      turn_(reactor),
      backstop_(reactor) {}

OwedPayer::~OwedPayer() = default;

void OwedPayer::pay(Which which, Done done) {
  rounds_.push_back({std::move(which), std::move(done), false, {}, {}});
  if (rounds_.size() == 1) turn_.start(reactor_.now(), [this] { next(); });
}

void OwedPayer::next() {
  Round& round = rounds_.front();
  if (!std::exchange(round.read, true)) {
    auto list = book_.read();
    if (!list) return end(fail(std::move(list.error())));
    for (OwedAction& owed : list->actions)
      if (round.which(owed)) round.left.push_back(std::move(owed));
    // Units first: a program that hangs must not keep them waiting.
    std::stable_partition(round.left.begin(), round.left.end(),
                          [](const OwedAction& owed) { return owed.argv.empty(); });
  }
  if (round.left.empty()) return end(std::move(round.payments));
  const OwedAction owed = std::move(round.left.front());
  round.left.pop_front();
  begin(owed);
}

void OwedPayer::begin(const OwedAction& owed) {
  const std::uint64_t action = ++last_action_;
  backstop_.start(reactor_.now() + owed.timeout + kActuatorGrace, [this, action, owed] {
    run_.abandon(action);
    on_paid(owed, {Ending::timed_out, "no word of its end long after its timeout"});
  });
  // The actuator may outlive this payer, and may report at once.
  const std::weak_ptr<const bool> alive = alive_;
  run_.begin(action, payment_of(owed, systemctl_), owed.timeout,
             [this, alive, action, owed](const ActResult& result) {
               if (!alive.expired() && action == last_action_) on_paid(owed, result);
             });
}

void OwedPayer::on_paid(const OwedAction& owed, const ActResult& result) {
  ++last_action_;  // a late word about this one is not heard
  backstop_.stop();
  Payment payment{owed, result.ending == Ending::done, result.detail};
  if (payment.paid)
    if (const auto settled = book_.settle(owed); !settled) {
      payment.paid = false;
      payment.detail += ", but it stays in the book: " + settled.error().describe();
    }
  rounds_.front().payments.push_back(std::move(payment));
  turn_.start(reactor_.now(), [this] { next(); });
}

void OwedPayer::end(Result<std::vector<Payment>> result) {
  const Done done = std::move(rounds_.front().done);
  rounds_.pop_front();
  if (!rounds_.empty()) turn_.start(reactor_.now(), [this] { next(); });
  done(std::move(result));
}

}  // namespace slewd::remedy
