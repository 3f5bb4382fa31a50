// SPDX-License-Identifier: Apache-2.0
// Acts on the rules themselves: holds back the others, or asks for a planned step.
#pragma once

#include <functional>
#include <string>

#include "agent/remedy/ports/actuator.hpp"

namespace slewd::remedy {

class EngineActuator final : public Actuator {
 public:
  // Holds all rules that act on services for so long at most.
  using Hold = std::function<void(Nanos at_most)>;
  // Makes a planned step; answers later, once.
  using Step = std::function<void(std::uint64_t id, Done done)>;

  EngineActuator(Hold hold, Step step) : hold_(std::move(hold)), step_(std::move(step)) {}

  // Of HoldRulesAction and StepAction; anything else is refused.
  void begin(std::uint64_t id, const rules::Action& action, Nanos timeout, Done done) override;
  // A step under way keeps its own deadlines.
  void abandon(std::uint64_t /*id*/) override {}

 private:
  Hold hold_;
  Step step_;
};

}  // namespace slewd::remedy
