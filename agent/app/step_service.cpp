// SPDX-License-Identifier: Apache-2.0
#include "agent/app/step_service.hpp"

#include "agent/app/resume_services.hpp"

namespace slewd::app {

StepService::StepService(World world)
    : undo_processes_(world.reactor),
      arming_(world.reactor),
      undo_log_(world.state_directory.empty() ? "" : undo_log_path(world.state_directory)),
      undo_runner_(world.reactor, undo_log_, undo_processes_),
      fallback_timer_(arming_, world.fallback_command),
      step_({world.reactor, world.ledger, undo_log_, undo_runner_, fallback_timer_, world.probes,
             world.clock, world.tally, world.boot_id, world.actuator, world.announce, world.targets,
             world.was_active, world.busy, world.on_outcome,
             [&log = world.log](const std::string& text) {
               log.write(LogLevel::error, "planned step", {{"text", text}});
             }}) {
  step_.recover();
}

void StepService::ask_for_rule(const remedy::Actuator::Done& done) {
  const rules::StepAnswer answer =
      step_.ask("requested by a rule", false, [done](const rules::Outcome& outcome) {
        // For the chain of a rule a verified step is done.
        const bool made = outcome.ending == rules::Ending::verified;
        done({made ? rules::Ending::done : outcome.ending, outcome.detail,
              made ? "the step was made" : "the step was not made"});
      });
  if (!answer.refused.empty()) done({rules::Ending::refused, answer.refused});
}

}  // namespace slewd::app
