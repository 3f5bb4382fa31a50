// SPDX-License-Identifier: Apache-2.0
// Random numbers that every compiler and standard library repeats bit for bit: the deviates of
// <random> are implementation-defined, and libm may differ. Streams are split by name, so that a
// new link or client does not shift the numbers of the others.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/timeline.hpp"

namespace slewd::sim {

class Random {
 public:
  // The stream `name` of a world's seed: the same pair gives the same numbers.
  Random(std::uint64_t seed, std::string_view name);

  [[nodiscard]] std::uint64_t next();  // xoshiro256**
  [[nodiscard]] double uniform();      // [0, 1), 53 bits
  [[nodiscard]] double normal();       // mean 0, standard deviation 1
  [[nodiscard]] double exponential();  // mean 1
  [[nodiscard]] Nanos exponential(Nanos mean) {
    return from_seconds(to_seconds(mean) * exponential());
  }
  // True with the given probability. Draws one number whatever it is.
  [[nodiscard]] bool chance(double probability);

 private:
  std::array<std::uint64_t, 4> state_{};
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace slewd::sim
