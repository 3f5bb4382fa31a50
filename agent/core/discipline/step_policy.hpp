// SPDX-License-Identifier: Apache-2.0
// When the wall clock may be set, and by how much: the start-up step before the first Sync, the
// step after a pause of the machine, the planned step (docs/design/discipline.md,
// docs/planned-steps.md). It sets nothing itself. Core thread only.
#pragma once

#include <optional>
#include <string>

#include "agent/core/config.hpp"
#include "agent/core/discipline/alarm.hpp"
#include "agent/core/discipline/clock_state.hpp"
#include "agent/core/discipline/steering.hpp"
#include "agent/core/jumps/clock_event.hpp"
#include "agent/core/ntp/plausible_time.hpp"
#include "agent/core/observer.hpp"
#include "base/result.hpp"

namespace slewd::core {

class StepPolicy {
 public:
  // What it looks at, as it is at each call.
  struct Inputs {
    const CoreConfig& config;
    const ClockState& clock;
    const PlausibleTime& plausible;
    Observer& observer;
  };

  explicit StepPolicy(const Inputs& inputs) : in_(inputs) {}

  // The start-up step. What becomes of the start-up error, as far as it is known now:
  [[nodiscard]] StepDecision startup_decision(const ClockReading& now) const;
  // It was carried out at the end of Hold; `after` it.
  void end_startup(const ClockReading& after);
  // Steering begins anew: a daemon that has been running has had its start-up.
  void skip_startup();
  void on_sync() { startup_ = Startup::synchronized; }
  [[nodiscard]] bool ever_synchronized() const { return startup_ == Startup::synchronized; }
  // At each accepted sample: a first Sync may have been wrong, of a lone source or of several that
  // were wrong alike. Once as many sources or more have contradicted it for long and none agrees
  // with it any more, the start-up step is due again; not after 45 minutes in which two agreed.
  void review_first_sync(Phase phase, const std::optional<AlarmView>& alarm,
                         const ClockReading& now);

  // The step after a pause: up to `most` beyond `known`, the offset that there was before, or up to
  // `most_by_two` where two sources agree. It is allowed until two sources agree, for 15 minutes
  // from the first accepted sample.
  void allow_pause_step(Nanos most, Nanos most_by_two, Nanos known);
  // The same after a suspend.
  void allow_resume_step(const ClockReading& before);
  void forget_pause_step() { pause_.reset(); }
  // At each accepted sample: by how much to step now.
  [[nodiscard]] std::optional<Nanos> take_pause_step(bool steering, const ClockReading& now);

  // The planned step, in a phase that steers: why it cannot be made now; empty = it can.
  [[nodiscard]] std::string reason_not_to_step(Phase phase, const ClockReading& now) const;
  // Whether `offer` is still what was announced. An error says why it is not.
  [[nodiscard]] Result<void> check_announced(const StepOffer& offer, Nanos announced) const;

 private:
  enum class Startup {
    pending,       // the error that the clock had at the start may be stepped
    over,          // not any more
    synchronized,  // and there has been a Sync since
  };
  struct PauseStep {
    Nanos most{};  // what the witnesses have measured
    Nanos most_by_two{};
    Nanos known{};                    // the offset before the pause, which is slewed as ever
    std::optional<MonoTime> expires;  // from the first accepted sample on
  };

  [[nodiscard]] bool confirmed(const ClockReading& now) const;
  [[nodiscard]] std::optional<bool> battery_shows(WallTime time, const ClockReading& now) const;

  Inputs in_;
  Startup startup_ = Startup::pending;
  bool first_sync_confirmed_ =
      false;  // for good: by two sources for 45 minutes, or the battery clock
  std::optional<MonoTime> agreed_since_;    // two sources with the clock
  std::size_t confirmers_ = 0;              // most sources that have agreed with it
  std::optional<MonoTime> outvoted_since_;  // a first Sync that was not
  std::optional<PauseStep> pause_;
};

}  // namespace slewd::core
