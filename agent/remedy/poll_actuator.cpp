#include "agent/remedy/poll_actuator.hpp"

#include <variant>

#include "base/duration.hpp"

namespace slewd::remedy {

using rules::Ending;

void PollActuator::begin(std::uint64_t /*id*/, const rules::Action& action, Nanos /*timeout*/,
                         Done done) {
  const auto report = [&](const Result<void>& result, const std::string& text) {
    done(result ? ActResult{Ending::done, text}
                : ActResult{Ending::failed, result.error().describe()});
  };
  if (const auto* poll = std::get_if<rules::PollAction>(&action)) {
    report(control_.set_poll_range(poll->minimum, poll->maximum),
           "polls every " + format(poll->minimum) + " to " + format(poll->maximum));
  } else if (std::holds_alternative<rules::BurstAction>(action)) {
    report(control_.burst(), "burst asked for");
  } else {
    done({Ending::refused, "no action on the poll interval: " + rules::describe(action)});
  }
}

}  // namespace slewd::remedy
