// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/dispatch/core_actuator.hpp"

#include <variant>

#include "base/duration.hpp"

namespace slewd::remedy {

using rules::Ending;

void CoreActuator::begin(std::uint64_t /*id*/, const rules::Action& action, Nanos /*timeout*/,
                         Done done) {
  const auto report = [&](const Result<void>& result, const std::string& text) {
    done(result ? ActResult{Ending::done, text}
                : ActResult{Ending::failed, result.error().describe()});
  };
  if (const auto* poll = std::get_if<rules::PollAction>(&action)) {
    report(control_.set_poll_range(poll->minimum, poll->maximum),
           "polls every " + format(poll->minimum) + " to " + format(poll->maximum));
  } else if (std::holds_alternative<rules::BurstAction>(action)) {
    report(control_.burst(), "burst requested");
  } else if (const auto* holdover = std::get_if<rules::HoldoverAction>(&action)) {
    report(control_.hold_over(holdover->duration),
           "ignoring all sources for " + format(holdover->duration));
  } else if (const auto* ban = std::get_if<rules::BanAction>(&action)) {
    report(control_.ban(ban->source, ban->duration),
           "ignoring " + ban->source + " for " + format(ban->duration));
  } else {
    done({Ending::refused, "no action on the core: " + rules::describe(action)});
  }
}

}  // namespace slewd::remedy
