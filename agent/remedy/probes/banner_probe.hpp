// SPDX-License-Identifier: Apache-2.0
// A service that greets as expected has proved itself. Weak for anything behind a login: a process
// in front of a hung one greets all the same.
#pragma once

#include <string>

#include "agent/remedy/probes/dialogue.hpp"

namespace slewd::remedy {

class BannerDialogue final : public Dialogue {
 public:
  // `expect` is what the greeting must start with; empty takes any first byte.
  explicit BannerDialogue(std::string expect) : expect_(std::move(expect)) {}

  Step connected() override;
  Step received(std::string_view bytes) override;
  [[nodiscard]] std::string missing() const override;

 private:
  std::string expect_;
  std::string seen_;
};

}  // namespace slewd::remedy
