// SPDX-License-Identifier: Apache-2.0
// The world as the engine and its parts see it, and the engine as its parts see it.
#pragma once

#include "agent/core/ntp/plausible_time.hpp"
#include "agent/core/observer.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/witnesses.hpp"

namespace slewd::core {

// All must outlive the engine.
struct Env {
  Clock& clock;
  ClockDriver& driver;
  Network& network;
  Timers& timers;
  Entropy& entropy;
  Resolver& resolver;
  DriftStore& drift;
  Observer& observer;
  Witnesses& witnesses;
  ClockCalls& clock_calls;
  PlausibleTime plausible;
};

// What the parts of the engine ask of the whole.
class Coordinator {
 public:
  // Have this machine's clocks moved since the last look?
  virtual void look_at_clocks() = 0;
  // True time has moved by an announced leap second.
  virtual void on_leap(ClockEvent event) = 0;
  // What is shown has changed.
  virtual void publish() = 0;

 protected:
  ~Coordinator() = default;
};

}  // namespace slewd::core
