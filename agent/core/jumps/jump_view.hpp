// SPDX-License-Identifier: Apache-2.0
// What is known of all jumps together: the counters, and the newest ones in full. The engine notes
// each event here; a reader of the jump ledger notes its lines in the same way, so that counters
// go on after a restart exactly where they were.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "agent/core/jumps/clock_event.hpp"
#include "base/limits.hpp"
#include "base/ring.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

// Histogram of magnitudes in seconds. The bounds are those at which programs are known to suffer:
// 5 s is Dovecot's, 1 s Varnish's (docs/metrics.md).
struct JumpSizes {
  static constexpr std::array<double, 11> kBounds{1e-3, 10e-3, 100e-3, 500e-3, 1.0,    5.0,
                                                  10.0, 60.0,  600.0,  3600.0, 86400.0};
  std::array<std::uint64_t, kBounds.size() + 1> counts{};  // not cumulative; last = +Inf
  double sum = 0;

  void add(Nanos magnitude);
};

struct JumpView {
  std::array<std::array<std::uint64_t, kJumpDirections.size()>, kJumpCauses.size()> total{};
  std::array<JumpSizes, kJumpDirections.size()> sizes{};
  Nanos largest_backward{};                    // magnitude, of what programs could see
  Ring<ClockEvent, limits::kJumpRing> recent;  // newest last, each id once

  // An event is counted as soon as its size is known or known to stay unknown, once and for ever
  // under the cause that it then has: a counter must not fall. An id that is among the recent ones
  // describes the same event better: it takes that place, and its size is counted if none was known
  // before.
  void note(const ClockEvent& event);

  // The recent event with this id, or null.
  [[nodiscard]] const ClockEvent* find(std::uint64_t id) const;
};

}  // namespace slewd::core
