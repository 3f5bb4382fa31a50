// SPDX-License-Identifier: Apache-2.0
// Stands for what this machine does not have: refuses, and says why.
#pragma once

#include <string>
#include <utility>

#include "agent/remedy/ports/actuator.hpp"

namespace slewd::remedy {

class AbsentActuator final : public Actuator {
 public:
  explicit AbsentActuator(std::string why) : why_(std::move(why)) {}

  void begin(std::uint64_t /*id*/, const rules::Action& action, Nanos /*timeout*/,
             Done done) override {
    done({rules::Ending::refused, rules::describe(action) + ": " + why_});
  }
  void abandon(std::uint64_t /*id*/) override {}

 private:
  std::string why_;
};

}  // namespace slewd::remedy
