// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder put in the place of time and disk.
#pragma once

#include <filesystem>
#include <string>

#include "agent/core/ports.hpp"

namespace slewd::os {

// Stands still until told, or moves by `per_look` at each reading.
class FakeClock : public core::Clock {
 public:
  [[nodiscard]] core::ClockReading now() const override {
    reading_.mono += per_look;
    return reading_;
  }
  void advance(Nanos by) { reading_.mono += by; }
  [[nodiscard]] MonoTime mono() const { return reading_.mono; }

  Nanos per_look{};

 private:
  mutable core::ClockReading reading_;
};

}  // namespace slewd::os
