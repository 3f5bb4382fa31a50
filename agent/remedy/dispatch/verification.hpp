// SPDX-License-Identifier: Apache-2.0
// Proof that an action worked: a probe that passes so many times in a row before a deadline. Agent
// thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "agent/os/reactor.hpp"
#include "agent/remedy/probes/probe_scheduler.hpp"
#include "rules/intent.hpp"

namespace slewd::remedy {

class Verification {
 public:
  // Called once: proved or not, and one line for people. It may destroy the Verification.
  using Done = std::function<void(bool proved, std::string detail)>;

  // Begins at once; `done` is never called from within the constructor.
  Verification(os::Reactor& reactor, ProbeScheduler& probes, rules::Verify verify, Done done);
  Verification(const Verification&) = delete;
  Verification& operator=(const Verification&) = delete;
  ~Verification();

 private:
  void run();
  void on_result(const ProbeResult& result);
  void finish(bool proved, const std::string& detail);
  [[nodiscard]] std::string wanted() const;

  os::Reactor& reactor_;
  ProbeScheduler& probes_;
  rules::Verify verify_;
  Done done_;
  os::Timer deadline_;
  os::Timer next_run_;
  std::uint64_t request_ = 0;
  MonoTime run_started_;
  int passed_in_a_row_ = 0;
  std::string last_seen_ = "no run of it has ended";
};

}  // namespace slewd::remedy
