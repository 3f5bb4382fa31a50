// SPDX-License-Identifier: Apache-2.0
#include "agent/w32time/w32time_machine.hpp"

#include <algorithm>
#include <array>

#include "base/limits.hpp"

namespace slewd {

using std::chrono::seconds;

std::string_view to_string(W32timeState state) {
  constexpr std::array<std::string_view, 4> kNames{"Unset", "Hold", "Sync", "Spike"};
  return kNames[static_cast<std::size_t>(state)];
}

seconds W32timeMachine::watch_ends() const {
  return spike_since_ + seconds(settings_.spike_watch_period);
}

bool W32timeMachine::beyond_limit(Nanos offset) const {
  const std::uint32_t limit =
      offset < Nanos{0} ? settings_.max_neg_phase_correction : settings_.max_pos_phase_correction;
  return limit != W32timeSettings::kNoLimit && magnitude(offset) > seconds(limit);
}

void W32timeMachine::enter_hold() {
  using enum W32timeState;
  state_ = hold;
  held_ = 0;
}

void W32timeMachine::count_held() {
  using enum W32timeState;
  ++held_;
  if (held_ >= settings_.hold_period) state_ = sync;
}

W32timeOutcome W32timeMachine::judge(seconds at, Nanos offset, W32timeStep& step) {
  using enum W32timeState;
  if (beyond_limit(offset)) return W32timeOutcome::beyond_limit;
  const bool large = magnitude(offset) >= settings_.spike_offset();
  if (state_ == spike && large && at >= watch_ends()) {
    step.event_50 = true;
    state_ = unset;
  }
  switch (state_) {
    case unset:
      enter_hold();
      return W32timeOutcome::corrected;
    case hold:
      count_held();
      return W32timeOutcome::corrected;
    case sync:
      if (!large) return W32timeOutcome::corrected;
      state_ = spike;
      spike_since_ = at;
      return W32timeOutcome::spike;
    case spike:
      if (large) return W32timeOutcome::spike;
      state_ = sync;
      return W32timeOutcome::corrected;
  }
  return W32timeOutcome::spike;
}

W32timeStep W32timeMachine::sample(seconds at, Nanos offset) {
  W32timeStep step;
  step.before = state_;
  step.outcome = judge(at, offset, step);
  step.after = state_;
  step.held = held_;
  return step;
}

W32timeStep W32timeMachine::tick(seconds at) {
  using enum W32timeState;
  W32timeStep step;
  step.before = state_;
  if (state_ == spike && at >= watch_ends()) {
    step.event_50 = true;
    state_ = unset;
  } else if (state_ == unset) {
    enter_hold();
  } else if (state_ == hold) {
    count_held();
  }
  step.after = state_;
  step.held = held_;
  return step;
}

W32timeDrive w32time_drive(const W32timeSettings& settings) {
  return settings.polls_at_fixed_interval() ? W32timeDrive::timer : W32timeDrive::samples;
}

W32timeRun run_persistent_offset(const W32timeSettings& settings, W32timeDrive drive,
                                 Nanos offset) {
  using enum W32timeState;
  W32timeMachine machine(settings, sync);
  W32timeRun run;
  const seconds poll = settings.poll_interval();
  const seconds pace = settings.internal_interval();
  seconds last{};
  // Ticks strictly before the next sample: a sample that comes together with a tick is there first.
  const auto run_ticks = [&](seconds next) {
    seconds at = last + pace;
    if (machine.state() == spike && machine.watch_ends() > at)
      at += (machine.watch_ends() - at + pace - seconds(1)) / pace * pace;
    while (at < next && machine.state() != sync && run.moments.size() < limits::kW32timeMoments) {
      run.moments.push_back({at, machine.tick(at)});
      at += pace;
    }
  };
  while (run.moments.size() < limits::kW32timeMoments) {
    const W32timeStep step = machine.sample(last, offset);
    run.moments.push_back({last, step});
    if (step.outcome == W32timeOutcome::corrected) {
      run.ending = W32timeEnding::corrected;
      return run;
    }
    // A sample in Sync forgets all that was before: from here it repeats.
    if (run.moments.size() > 1 && step.before == sync) {
      run.ending = W32timeEnding::never;
      return run;
    }
    if (drive == W32timeDrive::timer) run_ticks(last + poll);
    last += poll;
  }
  return run;
}

}  // namespace slewd
