// SPDX-License-Identifier: Apache-2.0
// What most tests of the engine start from, and what each of them must keep.
#pragma once

#include <gtest/gtest.h>

#include "tests/sim/engine_world.hpp"

namespace slewd::tests {

inline const sim::LinkLaw kLan{.delay = std::chrono::microseconds(100),
                               .jitter = std::chrono::microseconds(50)};
inline const sim::LinkLaw kWan{.delay = std::chrono::milliseconds(20),
                               .jitter = std::chrono::milliseconds(1)};

inline sim::ClientConfig ten_off() {
  return {.offset = std::chrono::milliseconds(10),
          .oscillator = {.frequency = Ppm{10}, .wander = 1e-9}};
}

inline core::CoreConfig with_long_polls() {
  core::CoreConfig config = EngineWorld::default_config();
  config.poll = {std::chrono::seconds(64), std::chrono::seconds(1024)};
  return config;
}

inline void expect_sound(const EngineWorld& run) {
  for (const std::string& broken : run.broken())
    ADD_FAILURE() << "seed " << run.world.seed() << ": " << broken;
  EXPECT_LE(run.bound_violations() * 10'000, run.bound_checks())
      << "seed " << run.world.seed() << ": the bound must hold in 99.99 % of the samples";
}

}  // namespace slewd::tests
