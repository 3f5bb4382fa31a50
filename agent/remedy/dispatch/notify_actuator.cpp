// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/dispatch/notify_actuator.hpp"

#include <variant>

namespace slewd::remedy {

void NotifyActuator::begin(std::uint64_t /*id*/, const rules::Action& action, Nanos /*timeout*/,
                           Done done) {
  const auto* notify = std::get_if<rules::NotifyAction>(&action);
  if (notify == nullptr)
    return done({rules::Ending::refused, "no notification: " + rules::describe(action)});
  notify_(notify->text);
  done({rules::Ending::done, "notified: " + notify->text});
}

}  // namespace slewd::remedy
