// SPDX-License-Identifier: Apache-2.0
// Whether MONOTONIC runs against RAW as fast as the kernel says it does: what steers the clock
// shows here, whichever program does it and by whatever means (docs/design/jumps.md). Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "agent/core/ports.hpp"
#include "base/frequency.hpp"

namespace slewd::core {

inline constexpr Ppm kReadBackTolerance{0.05};  // the kernel rounds to 2^-16 ppm
// Below this, a setting has no effect in a day, and the kernel's own rounding is near.
inline constexpr Ppm kSlopeTolerance{2};
// A slope over so short a time is no proof, since some kernels take up a new frequency late, but a
// reason to ask them.
inline constexpr Nanos kHintSpan = std::chrono::milliseconds(900);

class SlopeWatch {
 public:
  // A slope is taken over `span` of RAW or more, and counts beyond `tolerance` and what the
  // readings' widths leave open.
  SlopeWatch(Nanos span, Ppm tolerance) : span_(span), tolerance_(tolerance) {}

  // At each look. `rate`: what the kernel admits; empty when it will not say: then a slope is
  // compared with the one before. `changes`: counts the settings that are known; a slope over one
  // of them means nothing. Returns the difference once it exceeds what the readings leave open.
  [[nodiscard]] std::optional<Ppm> look(const ClockReading& now, std::optional<Ppm> rate,
                                        std::uint64_t changes);
  // What was read so far means nothing.
  void forget();

 private:
  [[nodiscard]] bool goes_on(std::optional<Ppm> rate, std::uint64_t changes) const;

  struct Begin {
    ClockReading clocks;
    std::optional<Ppm> rate;
    std::uint64_t changes = 0;
  };
  Nanos span_;
  Ppm tolerance_;
  std::optional<Begin> begin_;
  std::optional<Ppm> former_;  // slope, where the kernel says nothing
};

}  // namespace slewd::core
