// SPDX-License-Identifier: Apache-2.0
// One link of a planned step's hooks: the action, and the proof that it worked. Agent thread only.
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

struct LinkResult {
  rules::Ending ending = rules::Ending::failed;
  bool acted = false;  // the action itself was done, whatever its verification says
  std::string detail;
  [[nodiscard]] bool worked() const {
    return ending == rules::Ending::done || ending == rules::Ending::verified;
  }
};

class PlannedLink {
 public:
  using Done = std::function<void(const LinkResult&)>;

  // Begins at once. `id` is unique among the actions of `actuator` in flight. `touched` = the
  // probes of what it acts upon: what they found before is no evidence afterwards. `done` is told
  // once, never from within the constructor, and may destroy the link.
  PlannedLink(os::Reactor& reactor, ProbeScheduler& probes, Actuator& actuator, std::uint64_t id,
              const rules::Link& link, std::vector<std::string> touched, Done done);
  PlannedLink(const PlannedLink&) = delete;
  PlannedLink& operator=(const PlannedLink&) = delete;
  ~PlannedLink();  // leaves the action to itself, without a report

  // Ends the action by force, without a report.
  void abandon();

 private:
  void on_acted(const ActResult& result);
  void report(LinkResult result);

  os::Reactor& reactor_;
  ProbeScheduler& probes_;
  Actuator& actuator_;
  std::uint64_t id_;
  rules::Link link_;
  std::vector<std::string> touched_;
  Done done_;
  bool acting_ = true;
  os::Timer backstop_;
  os::Timer turn_;
  std::unique_ptr<Verification> verification_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace slewd::remedy
