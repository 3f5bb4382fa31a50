// SPDX-License-Identifier: Apache-2.0
// Where planned steps are asked for: the state machine of agent/remedy with all that it needs of
// the agent. Agent thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/log.hpp"
#include "agent/remedy/process/process_actuator.hpp"
#include "agent/remedy/step/deadman.hpp"
#include "agent/remedy/step/owed_book.hpp"
#include "agent/remedy/step/owed_payer.hpp"
#include "agent/remedy/step/planned_step.hpp"

namespace slewd::app {

class StepDesk {
 public:
  // All must outlive the desk.
  struct World {
    os::Reactor& reactor;
    records::Ledger& ledger;
    remedy::ProbeScheduler& probes;
    remedy::StepClock& clock;
    remedy::ActionTally& tally;
    Log& log;
    std::string state_directory;  // empty: nothing can be owed
    std::string boot_id;
    std::vector<std::string> deadman;  // the command that arms it; empty: none
    // As in remedy::PlannedStep::World.
    std::function<remedy::Actuator&(const rules::Action&)> actuator;
    std::function<rules::StepPlan(Nanos size, bool preview)> announce;
    std::function<std::vector<rules::Target>()> targets;
    std::function<std::optional<bool>(const rules::Target&)> was_active;
    std::function<bool(const rules::Intent&)> busy;
    std::function<void(const rules::Outcome&)> on_outcome;
  };

  // Pays what a former slewd owes.
  explicit StepDesk(World world);

  rules::StepAnswer ask(const std::string& reason, bool dry) { return step_.ask(reason, dry); }
  // For a rule's own {"step": true}.
  void ask_for_rule(const remedy::Actuator::Done& done);

  [[nodiscard]] bool under_way() const { return step_.under_way(); }
  [[nodiscard]] rules::StepView view() const { return step_.view(); }
  [[nodiscard]] const std::deque<rules::Outcome>& recent() const { return step_.recent(); }

 private:
  remedy::ProcessActuator payments_;
  remedy::ProcessActuator arming_;
  remedy::OwedBook book_;
  remedy::OwedPayer payer_;
  remedy::CommandDeadMan deadman_;
  remedy::PlannedStep step_;
};

}  // namespace slewd::app
