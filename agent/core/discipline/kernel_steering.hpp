// SPDX-License-Identifier: Apache-2.0
// Steers the kernel's clock: frequency, slews, single shots and steps, the timer that ends or
// renews a slew, and what follows where the driver fails. It decides nothing. Core thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/core/discipline/drift_file.hpp"
#include "agent/core/discipline/external_watch.hpp"
#include "agent/core/discipline/steering.hpp"
#include "agent/core/observer.hpp"
#include "agent/core/ports.hpp"
#include "agent/core/snapshot.hpp"

namespace slewd::core {

class KernelSteering {
 public:
  struct Ports {
    Clock& clock;
    ClockDriver& driver;
    Timers& timers;
    Observer& observer;
    DriftFile& drift;
    std::function<void()> due;  // a slew is to be ended or renewed, or a failed call repeated
  };

  explicit KernelSteering(Ports ports) : ports_(std::move(ports)) {}
  ~KernelSteering() { cancel_timer(); }
  KernelSteering(const KernelSteering&) = delete;
  KernelSteering& operator=(const KernelSteering&) = delete;

  // Without a drift file: what the last time daemon left in the kernel is the best guess.
  [[nodiscard]] std::optional<DriftRecord> frequency_in_force() const;
  // Sets `base` and ends an adjtime() of any program. Errors: the driver's; then nothing is ours.
  [[nodiscard]] Result<void> take_over(Ppm base);
  // Sets `base` and begins, renews or ends a slew. An error means that the permission is gone; any
  // other failure is retried after a second.
  [[nodiscard]] Result<void> program(const DriftRecord& base, const std::optional<Slew>& slew);
  // The same, but no rate is laid on top of what the kernel still finishes of a single shot.
  [[nodiscard]] Result<void> steer(const DriftRecord& base, const std::optional<Slew>& slew);
  // Ends what is ours, and leaves what another program has set.
  void release(Ppm base);
  // Another program has changed what is ours: the next steer() sets it again.
  void reclaim(bool adjtime);
  // Setting the clock ends an adjtime() and may come with more: nothing is known to be in force.
  void on_clock_set() { total_.reset(); }
  // Sets the wall clock. A failure is counted and logged here.
  Result<void> step(Nanos offset, std::string_view why);
  void cancel_timer();
  void note_failure(std::string_view what, const Error& error);

  [[nodiscard]] Programmed programmed() const { return {total_, shot_in_force_, changes_}; }
  [[nodiscard]] Ppm slew_rate() const { return slew_rate_; }
  // What the driver can do beyond `base`.
  [[nodiscard]] Ppm headroom(Ppm base) const;
  // Whether the driver refused to end a slew of ours.
  [[nodiscard]] bool slew_may_remain() const { return slew_may_remain_; }
  [[nodiscard]] const Adjustments& adjustments() const { return adjustments_; }
  // The step that was just made, once.
  [[nodiscard]] std::optional<Nanos> take_own_step();

 private:
  Result<void> set_total(Ppm total);
  // Zero ends a shot in force.
  Result<void> set_shot(Nanos amount);
  Result<void> on_failure(std::string_view what, const Error& error);
  void call_again_after(Nanos wait);

  Ports ports_;
  std::optional<Ppm> total_;            // in force by our doing: base and slew
  Ppm tick_;                            // its part of it
  Ppm slew_rate_;                       // on top of the base
  bool shot_in_force_ = false;          // an adjtime() of ours, unless the kernel has finished it
  std::optional<MonoTime> rest_until_;  // the kernel may still finish what a shot has begun
  std::optional<TimerId> timer_;
  std::uint64_t changes_ = 0;  // of ours to the kernel's frequency or single shot
  bool slew_may_remain_ = false;
  std::optional<Nanos> own_step_;
  Adjustments adjustments_;
};

}  // namespace slewd::core
