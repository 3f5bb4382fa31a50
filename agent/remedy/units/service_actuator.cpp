// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/units/service_actuator.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace slewd::remedy {

using rules::Ending;

void ServiceActuator::begin(std::uint64_t id, const rules::Action& action, Nanos timeout,
                            Done done) {
  const auto* service = std::get_if<rules::ServiceAction>(&action);
  if (service == nullptr)
    return done({Ending::refused, "no action on a target: " + rules::describe(action)});
  const auto target = std::ranges::find(targets_, service->target, &rules::Target::name);
  if (target == targets_.end())
    return done({Ending::refused, "no target is named '" + service->target + "'"});
  if (target->command(service->verb) != nullptr)
    return processes_.begin(id, action, timeout, std::move(done));
  if (!target->unit.empty())
    return units_.act(id, service->verb, target->unit, timeout, std::move(done));
  done({Ending::refused, "target '" + service->target + "' has neither a unit nor a command to " +
                             std::string(rules::to_string(service->verb)) + " it"});
}

void ServiceActuator::abandon(std::uint64_t id) {
  processes_.abandon(id);
  units_.abandon(id);
}

}  // namespace slewd::remedy
