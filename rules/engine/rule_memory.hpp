// SPDX-License-Identifier: Apache-2.0
// A rule's state between evaluations, as plain data: written into the record of a decision, so
// that a replay can start from it. All times are monotonic.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/timeline.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {

// Opens after too many failures in a row; after a rest one trial decides. Closes without an
// operator: an unattended machine must not lose the protection for good.
struct Breaker {
  int consecutive_failures = 0;
  std::optional<MonoTime> opened;

  [[nodiscard]] BreakerState state(MonoTime now, const BreakerLimits& limits) const {
    if (!opened) return BreakerState::closed;
    return now - *opened < limits.half_open ? BreakerState::open : BreakerState::half_open;
  }
  void on_failure(MonoTime now, const BreakerLimits& limits) {
    ++consecutive_failures;
    if (consecutive_failures >= limits.failures) opened = now;
  }
  void on_success() { *this = {}; }

  friend bool operator==(const Breaker&, const Breaker&) = default;
};

// An episode begins when the condition becomes true and ends when it is cleared. In one episode a
// rule acts once, and again only while the condition has stayed true past the cool-down.
struct RuleMemory {
  std::optional<MonoTime> true_since;   // start of the present unbroken truth
  std::optional<MonoTime> clear_since;  // start of the present unbroken clearness
  bool in_episode = false;
  bool acted = false;      // in this episode
  bool receded = false;    // since it acted, the condition has been false
  bool clear_due = false;  // an episode in which it acted has ended; on_clear waits
  std::optional<MonoTime> clear_not_before;  // of the next try, after one that failed
  std::optional<std::uint64_t> in_flight;    // the intent under way
  std::optional<MonoTime> cool_until;
  std::vector<MonoTime> decisions;  // of the last hour, oldest first, at most limits.per_hour
  Breaker breaker;

  friend bool operator==(const RuleMemory&, const RuleMemory&) = default;
};

}  // namespace slewd::rules
