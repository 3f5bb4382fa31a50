// SPDX-License-Identifier: Apache-2.0
// Finds discontinuities of the clock by comparing what all witnesses say from one look to the next:
// timelines that the kernel slews together, the hypervisor's marks, and the sources' offset. Each
// discontinuity is one event, however many witnesses speak. Own steps are announced and subtracted
// exactly. Pure: holds what was seen last, and no clock.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "agent/core/config.hpp"
#include "agent/core/jumps/clock_event.hpp"
#include "agent/core/jumps/jump_signature.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/witnesses.hpp"

namespace slewd::core {

// One look at the clocks.
struct ClockLook {
  ClockReading clocks;
  bool notified = false;  // the kernel has said that the clock was set
  Nanos overrun{};        // by how much the look itself came late
};

// By how much a clock outside of this machine has moved against RAW, without a reason known.
struct HostMove {
  Nanos by{};  // positive: this machine has lost time
  Nanos uncertainty{};
  MonoTime seen;
};

// What the sources say of a discontinuity that no clock of this machine shows.
struct OffsetMove {
  Nanos lost{};  // positive: this clock has lost time
  Nanos uncertainty{};
  std::size_t sources = 0;         // that agree
  Nanos latency{};                 // since the last sample that was as expected
  std::optional<RawTime> shown{};  // when a sample first showed it
  std::size_t answered = 0;        // sources since then
  bool contradicted = false;       // by one of those, which has not moved
};

// When a move by one second may be a leap second: at the end of one of these months, or of the one
// for which a source has announced it.
struct LeapDates {
  std::vector<int> months{6, 12};
  std::optional<WallTime> announced{};  // the end of that month
};

// What these signs speak for, without a size; empty when they are no jump.
[[nodiscard]] std::optional<ClockEvent> event_of(SignSet signs, const ClockReading& now,
                                                 Nanos latency);

class JumpClassifier {
 public:
  explicit JumpClassifier(const JumpConfig& config) : config_(config) {}

  void apply(const JumpConfig& config) { config_ = config; }
  void know_leaps(LeapDates dates) { leaps_ = std::move(dates); }
  // The next change by `amount` is ours.
  void announce_own_step(Nanos amount) { own_step_ += amount; }

  // Compares with the last look; oldest event first. Events carry no id and no originator.
  [[nodiscard]] std::vector<ClockEvent> look(const ClockLook& look, MachineSigns fresh);
  // What the machine's other witnesses said at the last look.
  [[nodiscard]] const MachineSigns& signs() const { return signs_; }
  // Changes of the hypervisor's marker so far; empty where there is none.
  [[nodiscard]] std::optional<std::uint64_t> disruptions() const {
    return signs_.disruption_marker ? std::optional(disruptions_) : std::nullopt;
  }
  // Whether more may be known of a late look before long.
  [[nodiscard]] bool waits() const { return late_.has_value(); }
  // A difference that the sources have confirmed.
  [[nodiscard]] std::optional<ClockEvent> confirm(const OffsetMove& move, const ClockReading& now);
  // Whether a clock outside of this machine shows the same: a second witness.
  [[nodiscard]] bool host_agrees(const OffsetMove& move, MonoTime now) const;
  // Whether that clock was read before and after, and does not show the same.
  [[nodiscard]] bool host_contradicts(const OffsetMove& move, const ClockReading& now) const;
  // What the host's clock has shown lately, until an event explains it: a suspicion, not an event,
  // since a host's clock can be set as well.
  [[nodiscard]] std::optional<HostMove> host_moved(MonoTime now) const;
  // The sources have contradicted it, or an event explains it.
  void forget_host_move() { host_moved_.reset(); }

 private:
  // What the kernel's timelines show since the last event.
  struct Moves {
    Nanos wall{};       // REALTIME less MONOTONIC, own steps subtracted
    Nanos suspended{};  // BOOTTIME less MONOTONIC
    SignSet found;
  };
  // A look that came late, until a witness shows its cause.
  struct Late {
    Nanos overrun{};
    Nanos steal_before{};
    MonoTime until;
  };
  [[nodiscard]] Moves compare(const ClockReading& then, const ClockReading& now) const;
  void add_overrun(SignSet& found, const ClockLook& look, const MachineSigns& former);
  void watch_host(MonoTime now);
  [[nodiscard]] bool may_leap(WallTime truth) const;
  [[nodiscard]] bool is_leap_second(const ClockReading& before, const ClockReading& now,
                                    Nanos moved, Nanos tolerance) const;

  JumpConfig config_;
  LeapDates leaps_;
  std::optional<ClockReading> last_;
  MachineSigns signs_;
  std::uint64_t disruptions_ = 0;
  // REALTIME and BOOTTIME against MONOTONIC as they stand until another program sets the clock:
  // steps that are too small to be events add up.
  ClockReading base_;
  Nanos own_step_{};
  std::optional<HostClock> host_;
  std::optional<RawTime> host_watched_from_;  // its first reading since it is watched
  std::optional<RawTime> host_from_;  // what was read of the host's clock before means nothing
  std::optional<HostMove> host_moved_;
  std::optional<Late> late_;
};

}  // namespace slewd::core
