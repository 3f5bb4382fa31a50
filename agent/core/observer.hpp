// SPDX-License-Identifier: Apache-2.0
// Receives what the core decides: the log, the trace file, the jump ledger, the simulator's
// invariants. Called on the core thread; an implementation must not block.
#pragma once

#include <string_view>

#include "agent/core/jumps/clock_event.hpp"
#include "agent/core/snapshot.hpp"

namespace slewd::core {

enum class Severity { debug, info, warning, error };

// One decision, at each update and at each end of a slew. Who only observes decides as well, and
// leaves the clock alone: its slew_rate is zero.
struct Decision {
  ClockReading at;
  Phase phase = Phase::unset;
  Nanos offset{};            // true time less wall clock
  Ppm frequency;             // base
  Ppm slew_rate;             // on top
  bool single_shot = false;  // by adjtime(), which ends by itself
  Nanos poll_interval{};
  Nanos bound{};
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_decision(const Decision& decision) = 0;
  virtual void on_transition(const PhaseTransition& transition) = 0;
  virtual void on_jump(const ClockEvent& event) = 0;
  // More is known of an event that was reported before, by its id.
  virtual void on_jump_refined(const ClockEvent& event) = 0;
  virtual void on_note(Severity severity, std::string_view text) = 0;
};

}  // namespace slewd::core
