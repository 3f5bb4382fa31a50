// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/dispatch/engine_actuator.hpp"

#include <variant>

#include "base/duration.hpp"

namespace slewd::remedy {

using rules::Ending;

void EngineActuator::begin(std::uint64_t id, const rules::Action& action, Nanos /*timeout*/,
                           Done done) {
  if (const auto* hold = std::get_if<rules::HoldRulesAction>(&action)) {
    hold_(hold->at_most);
    return done({Ending::done, "rules that act on services wait until the clock is synchronized, " +
                                   format(hold->at_most) + " at most"});
  }
  if (std::holds_alternative<rules::StepAction>(action)) return step_(id, std::move(done));
  done({Ending::refused, "no action on the rules: " + rules::describe(action)});
}

}  // namespace slewd::remedy
