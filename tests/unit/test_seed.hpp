// SPDX-License-Identifier: Apache-2.0
// The seed of a test that draws its world by lot: another one with every run, printed, so that a
// failure can be seen again with SLEWD_TEST_SEED.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace slewd {

inline std::uint32_t test_seed() {
  const char* given = std::getenv("SLEWD_TEST_SEED");
  const auto seed = given == nullptr ? static_cast<std::uint32_t>(std::random_device{}())
                                     : static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10));
  std::printf("SLEWD_TEST_SEED=%u\n", seed);
  return seed;
}

}  // namespace slewd
