// SPDX-License-Identifier: Apache-2.0
#include "agent/app/step_desk.hpp"

#include "agent/app/pay_owed.hpp"

namespace slewd::app {

StepDesk::StepDesk(World world)
    : payments_(world.reactor),
      arming_(world.reactor),
      book_(world.state_directory.empty() ? "" : owed_book_path(world.state_directory)),
      payer_(world.reactor, book_, payments_),
      deadman_(arming_, world.deadman),
      step_({world.reactor, world.ledger, book_, payer_, deadman_, world.probes, world.clock,
             world.tally, world.boot_id, world.actuator, world.announce, world.targets,
             world.was_active, world.busy, world.on_outcome,
             [&log = world.log](const std::string& text) {
               log.write(LogLevel::error, "planned step", {{"text", text}});
             }}) {
  step_.recover();
}

void StepDesk::ask_for_rule(const remedy::Actuator::Done& done) {
  const rules::StepAnswer answer =
      step_.ask("a rule asks for it", false, [done](const rules::Outcome& outcome) {
        // What a rule's chain knows of: a verified step is done.
        const bool made = outcome.ending == rules::Ending::verified;
        done({made ? rules::Ending::done : outcome.ending, outcome.detail,
              made ? "the step was made" : "the step was not made"});
      });
  if (!answer.refused.empty()) done({rules::Ending::refused, answer.refused});
}

}  // namespace slewd::app
