// SPDX-License-Identifier: Apache-2.0
// Randomness of the kernel, for source ports, origin timestamps and jittered intervals.
#pragma once

#include <cstdint>

#include "agent/core/ports.hpp"

namespace slewd::os {

// Any thread. getrandom(2): a simulator that seeds it makes runs repeatable.
class SystemEntropy : public core::Entropy {
 public:
  [[nodiscard]] std::uint64_t next() override;
};

}  // namespace slewd::os
