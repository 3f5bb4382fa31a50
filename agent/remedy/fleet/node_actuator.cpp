// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/node_actuator.hpp"

#include <utility>
#include <variant>

namespace slewd::remedy {

using rules::Ending;

void NodeActuator::begin(std::uint64_t /*id*/, const rules::Action& action, Nanos /*timeout*/,
                         Done done) {
  const auto report = [done](const Result<void>& written) {
    done(written ? ActResult{Ending::done, "the API has taken it"}
                 : ActResult{Ending::failed, written.error().describe()});
  };
  if (const auto* condition = std::get_if<rules::NodeConditionAction>(&action))
    return node_.set_condition(condition->status, condition->reason, condition->message, report);
  if (const auto* event = std::get_if<rules::NodeEventAction>(&action))
    return events_.event(event->reason, event->note, report);
  if (const auto* taint = std::get_if<rules::NodeTaintAction>(&action)) {
    const auto effect = taint->effect == to_string(TaintEffect::no_schedule)
                            ? TaintEffect::no_schedule
                            : TaintEffect::prefer_no_schedule;
    return node_.taint(taint->key, effect, taint->present, report);
  }
  done({Ending::refused, "nothing to say of a node: " + rules::describe(action)});
}

}  // namespace slewd::remedy
