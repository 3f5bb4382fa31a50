// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/w32time_judge.hpp"

#include "agent/core/discipline/w32time_profile.hpp"

namespace slewd::core {
namespace {

// Where w32time's machine stands in each phase. To observe alone is to have no time of one's own.
// Empty = where it stood: an alarm is no way round the watch.
std::optional<W32timeState> state_in(Phase phase) {
  switch (phase) {
    case Phase::unset:
    case Phase::observe:
      return W32timeState::unset;
    case Phase::hold:
      return W32timeState::hold;
    case Phase::sync:
    case Phase::disrupted:
    case Phase::holdover:
      return W32timeState::sync;
    case Phase::spike:
      return W32timeState::spike;
    case Phase::alarm:
      break;
  }
  return std::nullopt;
}

}  // namespace

W32timeJudge::W32timeJudge(const CoreConfig& config)
    : settings_(w32time_settings(config)),
      machine_(settings_),
      fixed_(config.phase.special_poll_interval) {
  if (legacy_timer_runs(config)) pace_ = settings_.internal_interval();
}

// The phase may have moved without the machine: by silence, an alarm, a suspend, a reload.
void W32timeJudge::follow(Phase phase) {
  const auto state = state_in(phase);
  if (state && machine_.state() != *state) machine_ = W32timeMachine(settings_, *state);
}

// To the nearest second from the first sample on: at a fixed interval a round trip that takes a
// little longer or shorter than the last one moves nothing.
std::chrono::seconds W32timeJudge::second_of(MonoTime at) {
  if (!origin_) origin_ = at;
  return std::chrono::round<std::chrono::seconds>(at - *origin_);
}

PhaseEvent W32timeJudge::judge(Phase phase, const CombinedSample& sample) {
  follow(phase);
  const W32timeStep step = machine_.sample(second_of(sample.at), sample.residual);
  if (step.outcome == W32timeOutcome::spike) return PhaseEvent::sample_spike;
  if (step.before != W32timeState::spike) return PhaseEvent::sample_good;
  return step.event_50 ? PhaseEvent::spike_confirmed : PhaseEvent::spike_refuted;
}

bool W32timeJudge::hold_complete(int) const { return machine_.state() == W32timeState::sync; }

bool W32timeJudge::beat(Phase phase, MonoTime at) {
  follow(phase);
  const W32timeStep step = machine_.tick(second_of(at));
  return step.after != step.before;
}

}  // namespace slewd::core
