// SPDX-License-Identifier: Apache-2.0
// Random numbers that spread the machines of a fleet. Given a seed, the same on every compiler.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/timeline.hpp"

namespace slewd {

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
class Jitter {
 public:
  explicit Jitter(std::uint64_t seed) : state_(seed) {}

  [[nodiscard]] std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }
  // Uniform in [0, 1).
  [[nodiscard]] double share() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  // Uniform between the two.
  [[nodiscard]] Nanos between(Nanos lowest, Nanos highest) {
    return lowest + from_seconds(to_seconds(highest - lowest) * share());
  }

 private:
  std::uint64_t state_;
};

// Doubling waits.
class BackOff {
 public:
  BackOff(Nanos first, Nanos longest) : first_(first), longest_(longest), wait_(first) {}

  [[nodiscard]] Nanos next() { return std::exchange(wait_, std::min(longest_, wait_ * 2)); }
  // Cut at random by up to a half, so that those who failed together do not return together.
  [[nodiscard]] Nanos next(Jitter& jitter) {
    const Nanos wait = next();
    return jitter.between(wait / 2, wait);
  }
  void reset() { wait_ = first_; }

 private:
  Nanos first_;
  Nanos longest_;
  Nanos wait_;
};

}  // namespace slewd
