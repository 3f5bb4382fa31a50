// SPDX-License-Identifier: Apache-2.0
// Notifies an operator: passes a rule's text to the daemon's notifications.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "agent/remedy/ports/actuator.hpp"

namespace slewd::remedy {

class NotifyActuator final : public Actuator {
 public:
  explicit NotifyActuator(std::function<void(std::string)> notify) : notify_(std::move(notify)) {}

  // Of NotifyAction; anything else is refused. Reports from within begin().
  void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) override;
  void abandon(std::uint64_t) override {}

 private:
  std::function<void(std::string)> notify_;
};

}  // namespace slewd::remedy
