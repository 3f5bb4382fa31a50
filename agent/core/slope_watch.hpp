// Whether MONOTONIC runs against RAW as fast as the kernel says it does: what steers the clock
// shows here, whoever does it and by whatever means (docs/jumps.md). Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/core/ports.hpp"
#include "base/frequency.hpp"

namespace slewd::core {

class SlopeWatch {
 public:
  // Once a second. `rate`: what the kernel admits; empty when it will not say: then a slope is
  // compared with the one before. `changes`: counts the settings that are known; a slope over one
  // of them means nothing. Returns the difference once it exceeds what the readings leave open.
  [[nodiscard]] std::optional<Ppm> look(const ClockReading& now, std::optional<Ppm> rate,
                                        std::uint64_t changes);
  // What was read so far means nothing.
  void forget();

 private:
  struct Begin {
    ClockReading clocks;
    std::optional<Ppm> rate;
    std::uint64_t changes = 0;
  };
  std::optional<Begin> begin_;
  std::optional<Ppm> former_;  // slope, where the kernel says nothing
};

}  // namespace slewd::core
