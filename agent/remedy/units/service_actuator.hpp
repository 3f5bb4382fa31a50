// SPDX-License-Identifier: Apache-2.0
// Acts on a target: by its own command for the verb where it has one, else on its systemd unit.
// Agent thread only.
#pragma once

#include <string>
#include <vector>

#include "agent/remedy/ports/actuator.hpp"
#include "agent/remedy/process/process_actuator.hpp"
#include "agent/remedy/units/unit_bus.hpp"
#include "rules/rule.hpp"

namespace slewd::remedy {

class ServiceActuator final : public Actuator {
 public:
  ServiceActuator(ProcessActuator& processes, UnitBus& units)
      : processes_(processes), units_(units) {}

  void set_targets(std::vector<rules::Target> targets) { targets_ = std::move(targets); }

  // Of ServiceAction; anything else is refused.
  void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) override;
  void abandon(std::uint64_t id) override;

 private:
  ProcessActuator& processes_;
  UnitBus& units_;
  std::vector<rules::Target> targets_;
};

}  // namespace slewd::remedy
