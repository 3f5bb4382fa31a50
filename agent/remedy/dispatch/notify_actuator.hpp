// SPDX-License-Identifier: Apache-2.0
// Tells an operator: hands a rule's text to whatever the daemon tells people with.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "agent/remedy/ports/actuator.hpp"

namespace slewd::remedy {

class NotifyActuator final : public Actuator {
 public:
  explicit NotifyActuator(std::function<void(std::string)> tell) : tell_(std::move(tell)) {}

  // Of NotifyAction; anything else is refused. Reports from within begin().
  void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) override;
  void abandon(std::uint64_t) override {}

 private:
  std::function<void(std::string)> tell_;
};

}  // namespace slewd::remedy
