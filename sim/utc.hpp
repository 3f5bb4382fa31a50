// SPDX-License-Identifier: Apache-2.0
// What clocks ought to show: true time, less the leap seconds that have been inserted. Like POSIX
// clocks, UTC here shows 23:59:59 twice where a second is inserted.
#pragma once

#include <vector>

#include "agent/core/ports.hpp"
#include "sim/true_time.hpp"

namespace slewd::sim {

class Utc {
 public:
  // The day that would end at `midnight` gets one second more (`insert`) or less (`erase`). Leaps
  // are added in their order.
  void add_leap(TrueTime midnight, core::Leap kind);

  [[nodiscard]] WallTime at(TrueTime time) const;
  // What a server that knows announces: the next leap, from 24 h before until it is done.
  [[nodiscard]] core::Leap announced(TrueTime time) const;
  // A clock that leaps by itself may be on either side of the leap now, and be right.
  [[nodiscard]] bool is_leaping(TrueTime time) const;

 private:
  struct LeapSecond {
    TrueTime at;  // UTC is another from here on
    core::Leap kind;
  };
  std::vector<LeapSecond> leaps_;
};

}  // namespace slewd::sim
