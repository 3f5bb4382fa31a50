// SPDX-License-Identifier: Apache-2.0
// The phase machine of docs/design/discipline.md: w32time's names (Unset, Hold, Sync, Spike) with a
// slew-only meaning, and the states that a virtual machine needs beside them. The table is data and
// total; only events move it, never the passing of time (KB2638243), unless `profile: w32time` is
// set to do as Windows did (legacy_advance).
#pragma once

#include <array>
#include <string_view>

namespace slewd::core {

enum class Phase { unset, hold, sync, spike, disrupted, holdover, alarm, observe };
inline constexpr std::array kPhases{Phase::unset, Phase::hold,      Phase::sync,
                                    Phase::spike, Phase::disrupted, Phase::holdover,
                                    Phase::alarm, Phase::observe};

enum class PhaseEvent {
  sample_good,      // a combined sample that agrees with the prediction (or the very first)
  hold_complete,    // hold_samples good samples have come since Hold began
  sample_spike,     // a combined sample that is off by the spike threshold
  spike_refuted,    // 3 of the last 5 samples agree with the old prediction
  spike_confirmed,  // 5 consecutive samples agree with each other, and the watch or a second
                    // source vouches for them: Event 50
  disruption,       // the kernel or the hypervisor says that the clock moved
  updates_missing,  // three poll intervals without an update
  panic,            // beyond panic, no majority, or an ETA above max_slew_eta
  panic_cleared,    // the cause of the alarm is gone, as samples show
  told_to_observe,  // configured, no permission, or an external time daemon
  told_to_steer,    // none of these holds any more
  legacy_advance,   // profile w32time: its timer has moved the phase, no sample has (KB2638243)
};
inline constexpr std::array kPhaseEvents{
    PhaseEvent::sample_good,     PhaseEvent::hold_complete,   PhaseEvent::sample_spike,
    PhaseEvent::spike_refuted,   PhaseEvent::spike_confirmed, PhaseEvent::disruption,
    PhaseEvent::updates_missing, PhaseEvent::panic,           PhaseEvent::panic_cleared,
    PhaseEvent::told_to_observe, PhaseEvent::told_to_steer,   PhaseEvent::legacy_advance};

// The next phase for any phase and event. Staying is a decision too: no pair is undefined.
[[nodiscard]] Phase next_phase(Phase from, PhaseEvent event);

enum class SteerPolicy {
  none,              // the clock is not ours to touch
  stored_frequency,  // only what the drift file says
  hold_frequency,    // base frequency, no slew
  finish_slew,       // base frequency; what was known to be wrong is still brought home
  slew,              // frequency and offset follow the samples
};
enum class PollPolicyKind { iburst, hold, policy, spike, burst, minimum };

// What a phase means for the clock and for the polls (design section 6).
struct PhaseTraits {
  std::string_view name;
  SteerPolicy steering;
  PollPolicyKind polling;
};
[[nodiscard]] const PhaseTraits& traits(Phase phase);
[[nodiscard]] std::string_view to_string(Phase phase);
[[nodiscard]] std::string_view to_string(PhaseEvent event);

}  // namespace slewd::core
