// SPDX-License-Identifier: Apache-2.0
// Runs one link at a time: its action, ended by force when the actuator does not report, and the
// verification that it worked. The undo of a link is a link too. Agent thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/dispatch/verification.hpp"
#include "agent/remedy/ports/actuator.hpp"
#include "agent/remedy/probes/probe_scheduler.hpp"

namespace slewd::remedy {

// As an actuator reports it, with `verified` as one more ending.
struct LinkResult : ActResult {
  bool acted = false;  // the action itself was done, whatever its verification says
  [[nodiscard]] bool worked() const {
    return ending == rules::Ending::done || ending == rules::Ending::verified;
  }
};

class LinkRunner {
 public:
  using Done = std::function<void(const LinkResult&)>;
  struct Order {
    Actuator& actuator;
    std::uint64_t id;  // unique among the actions of the actuator in flight
    rules::Link link;
    std::vector<std::string> touched{};  // probes of the action's target
  };

  // Without `probes` no link may have a verification, and no probe is touched.
  explicit LinkRunner(os::Reactor& reactor, ProbeScheduler* probes = nullptr)
      : reactor_(reactor), probes_(probes), limit_(reactor) {}
  LinkRunner(const LinkRunner&) = delete;
  LinkRunner& operator=(const LinkRunner&) = delete;
  ~LinkRunner() = default;  // an action in flight goes on, without a report

  // Begins at once, when no other link is in flight. What the touched probes, and that of the
  // verification, found before the end of the action does not count afterwards. `done` is called
  // once, perhaps from within run(); it may run the next link or destroy the runner.
  void run(const Order& order, Done done);
  // Ends the link in flight by force, without a report.
  void abandon();
  [[nodiscard]] bool busy() const { return done_ != nullptr; }
  [[nodiscard]] bool verifying() const { return verification_ != nullptr; }

 private:
  void on_acted(const ActResult& result);
  void verify(const ActResult& acted);
  void report(const LinkResult& result);

  os::Reactor& reactor_;
  ProbeScheduler* probes_;
  Actuator* actuator_ = nullptr;
  std::uint64_t id_ = 0;
  rules::Link link_;
  std::vector<std::string> touched_;
  Done done_;
  os::Timer limit_;
  std::shared_ptr<const bool> acting_;  // until the actuator has reported: later it is not heard
  std::unique_ptr<Verification> verification_;
};

}  // namespace slewd::remedy
