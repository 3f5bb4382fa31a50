// SPDX-License-Identifier: Apache-2.0
// What the configuration says of one lock of the fleet.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/timeline.hpp"

namespace slewd::remedy {

struct SlotPlan {
  std::string lock;                   // the name that rules use
  std::string prefix = "slewd-slot";  // slots are PREFIX-0 to PREFIX-(slots-1)
  int slots = 1;                      // machines that may act at once; 1 to limits::kFleetSlots
  // How long an unrenewed slot is respected; 15 s to a day.
  Nanos ttl = std::chrono::seconds(60);
  // For which a slot stays taken after an action; up to a day.
  Nanos interval = std::chrono::minutes(5);
  // At most so long a machine waits, at random, before it asks for a slot at all.
  Nanos jitter = std::chrono::seconds(5);
  // Of the nodes that run slewd, at least so many must be well, both as a share and as a number;
  // zero = not checked.
  double min_healthy_share = 0;
  int min_healthy = 0;

  // Clocks that are slewed run up to 10 % fast or slow (the kernel's limit on the tick), so two of
  // them differ by twice that. Judging a foreign lease adds this share of its duration, and the
  // constant for what is not proportional.
  double rate_margin = 0.2;
  Nanos margin = std::chrono::seconds(2);

  friend bool operator==(const SlotPlan&, const SlotPlan&) = default;
};

// Why the plan cannot work; nothing when it can.
[[nodiscard]] std::optional<Error> problem_of(const SlotPlan& plan);

}  // namespace slewd::remedy
