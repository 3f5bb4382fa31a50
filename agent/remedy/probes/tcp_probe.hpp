// SPDX-License-Identifier: Apache-2.0
// A service that accepts a connection has proved itself. Weak: a hung service still does.
#pragma once

#include "agent/remedy/probes/dialogue.hpp"

namespace slewd::remedy {

class TcpDialogue final : public Dialogue {
 public:
  Step connected() override;
  Step received(std::string_view bytes) override;
  [[nodiscard]] std::string missing() const override;
};

}  // namespace slewd::remedy
