// SPDX-License-Identifier: Apache-2.0
// The state machine of the Windows Time service, as a model: when is an offset corrected, and when
// is it held for a spike? Driven by samples alone it always corrects an offset that persists. The
// legacy drive lets a timer move the state as well: that is the fault of KB2638243.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/w32time/w32time_settings.hpp"
#include "base/timeline.hpp"

namespace slewd {

enum class W32timeState { unset, hold, sync, spike };
[[nodiscard]] std::string_view to_string(W32timeState state);

enum class W32timeOutcome {
  corrected,     // the sample's offset is taken
  spike,         // LargePhaseOffset or more off, in Sync or Spike: not accepted
  beyond_limit,  // more than Max(Pos|Neg)PhaseCorrection: not accepted in any state
  no_sample,     // only the timer has moved
};

// The result of one sample or one tick.
struct W32timeStep {
  W32timeState before = W32timeState::unset;
  W32timeState after = W32timeState::unset;
  W32timeOutcome outcome = W32timeOutcome::no_sample;
  bool event_50 = false;   // the watch ended without recovery
  std::uint32_t held = 0;  // of HoldPeriod, so far

  friend bool operator==(const W32timeStep&, const W32timeStep&) = default;
};

class W32timeMachine {
 public:
  // Times are counted from any zero and never fall. The settings are copied.
  explicit W32timeMachine(W32timeSettings settings, W32timeState from = W32timeState::unset)
      : settings_(std::move(settings)), state_(from) {}

  // Positive offset = the clock is behind.
  W32timeStep sample(std::chrono::seconds at, Nanos offset);
  // Legacy: the internal state advances as if a sample had arrived.
  W32timeStep tick(std::chrono::seconds at);

  [[nodiscard]] W32timeState state() const { return state_; }
  // Before this moment no tick can end Spike; only meaningful there.
  [[nodiscard]] std::chrono::seconds watch_ends() const;

 private:
  [[nodiscard]] bool beyond_limit(Nanos offset) const;
  [[nodiscard]] W32timeOutcome judge(std::chrono::seconds at, Nanos offset, W32timeStep& step);
  void enter_hold();
  void count_held();

  W32timeSettings settings_;
  W32timeState state_;
  std::uint32_t held_ = 0;
  std::chrono::seconds spike_since_{};
};

enum class W32timeDrive {
  samples,  // only samples move the state
  timer,    // legacy: so does a timer of 2^MinPollInterval, started anew by each sample
};
// What Windows does under these settings, as KB2638243 has it: the timer runs beside the samples
// only when they come at a fixed interval.
[[nodiscard]] W32timeDrive w32time_drive(const W32timeSettings& settings);

struct W32timeMoment {
  std::chrono::seconds at{};
  W32timeStep step;
};

enum class W32timeEnding {
  corrected,  // the last moment corrected the offset
  never,      // the last moment equals the first: this repeats without end
  undecided,  // neither within limits::kW32timeMoments
};

struct W32timeRun {
  std::vector<W32timeMoment> moments;  // ticks that do nothing are left out
  W32timeEnding ending = W32timeEnding::undecided;
};

// A clock in Sync is found `offset` wrong at 0 s and stays so until the offset is corrected.
[[nodiscard]] W32timeRun run_persistent_offset(const W32timeSettings& settings, W32timeDrive drive,
                                               Nanos offset);

}  // namespace slewd
