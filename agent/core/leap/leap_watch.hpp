// SPDX-License-Identifier: Apache-2.0
// Notices when servers that smear a leap second are asked together with servers that step: on such
// a day they contradict each other by up to a second. A smearing server announces nothing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/core/ports.hpp"

namespace slewd::core {

// What one source says of the leap second.
struct LeapClaim {
  std::string name{};
  Leap leap = Leap::unknown;
  WallTime heard{};         // by true time, when it said so
  bool selectable = false;  // by selection, with a stratum below 16
};

// Whether a leap second may be less than 24 h away in either direction: the last UTC day of one of
// the `months` (1 to 12), when it is announced, and the day after, while it is smeared.
[[nodiscard]] bool leap_may_be_near(WallTime now, std::span<const int> months);

class LeapWatch {
 public:
  struct Finding {
    std::vector<std::string> reasons;  // one for each claim, why it stands out; empty = it does not
    std::string note;                  // for the operator, once for each UTC day; else empty
  };
  // Looks at what all sources say at the true time `now`. They are mixed when they have differed
  // for an hour: an announcement needs its time from server to server.
  [[nodiscard]] Finding look(std::span<const LeapClaim> claims, WallTime now,
                             std::span<const int> months);

 private:
  std::optional<WallTime> mixed_since_;
  std::optional<std::chrono::sys_days> noted_;
};

}  // namespace slewd::core
