// SPDX-License-Identifier: Apache-2.0
// Takes requests for planned steps: the state machine of agent/remedy with its parts. Agent thread
// only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/log.hpp"
#include "agent/remedy/process/process_actuator.hpp"
#include "agent/remedy/step/fallback_timer.hpp"
#include "agent/remedy/step/planned_step.hpp"
#include "agent/remedy/step/undo_log.hpp"
#include "agent/remedy/step/undo_runner.hpp"

namespace slewd::app {

class StepService {
 public:
  // All must outlive the service.
  struct World {
    os::Reactor& reactor;
    records::Ledger& ledger;
    remedy::ProbeScheduler& probes;
    remedy::StepClock& clock;
    remedy::ActionTally& tally;
    Log& log;
    std::string state_directory;  // empty: no service can be stopped
    std::string boot_id;
    std::vector<std::string> fallback_command;  // arms the fallback timer; empty: none
    // As in remedy::PlannedStep::World.
    std::function<remedy::Actuator&(const rules::Action&)> actuator;
    std::function<rules::StepPlan(Nanos size, bool preview)> announce;
    std::function<std::vector<rules::Target>()> targets;
    std::function<std::optional<bool>(const rules::Target&)> was_active;
    std::function<bool(const rules::Intent&)> busy;
    std::function<void(const rules::Outcome&)> on_outcome;
  };

  // Executes the pending undos of a previous slewd.
  explicit StepService(World world);

  rules::StepAnswer ask(const std::string& reason, bool dry) { return step_.ask(reason, dry); }
  // For a rule's own {"step": true}.
  void ask_for_rule(const remedy::Actuator::Done& done);

  [[nodiscard]] bool under_way() const { return step_.under_way(); }
  [[nodiscard]] rules::StepView view() const { return step_.view(); }
  [[nodiscard]] const std::deque<rules::Outcome>& recent() const { return step_.recent(); }

 private:
  remedy::ProcessActuator undo_processes_;
  remedy::ProcessActuator arming_;
  remedy::UndoLog undo_log_;
  remedy::UndoRunner undo_runner_;
  remedy::CommandFallbackTimer fallback_timer_;
  remedy::PlannedStep step_;
};

}  // namespace slewd::app
