// The planned step: the one place where the clock may be set back, because an operator or a rule
// has asked for it and whoever it hurts has been seen to (docs/operations.md).
#include <algorithm>
#include <utility>

#include "agent/core/discipline.hpp"
#include "base/duration.hpp"

namespace slewd::core {
namespace {

// The estimate is old after so many polls, as for Holdover; a poll of less than a minute counts as
// one.
constexpr int kFreshPolls = 3;
constexpr Nanos kShortestPollCounted = std::chrono::minutes(1);
// What a step may leave open, as a share of its size: the clock is to be four times better after it
// at the very least, or the outage around it has bought nothing.
constexpr int kBetterAtLeast = 4;
// By how much the offset may have moved since it was announced, as a share of it: slewing goes on
// meanwhile. The hooks were chosen for what was announced.
constexpr int kAnnouncedShare = 10;

}  // namespace

StepOffer Discipline::step_offer(const ClockReading& now) const {
  if (!state_.estimate()) return {std::nullopt, "no source has told the time yet"};
  if (state_.majority_lost())
    return {std::nullopt, "no majority of the sources agrees on the time"};
  return {state_.offset(now), reason_not_to_step(now)};
}

std::string Discipline::reason_not_to_step(const ClockReading& now) const {
  if (!steering()) return "slewd does not steer this clock: " + observe_reason_;
  // Alarm is where an error is that is too large to be slewed: what a step is for.
  if (view_.phase != Phase::sync && view_.phase != Phase::alarm)
    return "the sources have not settled: the phase is " + std::string(to_string(view_.phase)) +
           ", and must be Sync";
  const Nanos old = kFreshPolls * std::max(state_.reference().poll_interval, kShortestPollCounted);
  if (!state_.last_update() || now.mono - *state_.last_update() > old)
    return "no sample has been believed for " + format_rounded(old);
  if (state_.dissent() != Nanos{0})
    return "the newest sample is off by " + format_rounded(state_.dissent()) +
           ": who is right is not known";
  const Nanos offset = state_.offset(now);
  if (magnitude(offset) < config_.step.threshold)
    return "the clock is off by " + format_rounded(offset) + ", which is slewed: less than " +
           format_rounded(config_.step.threshold) + " (step.threshold) is not worth a step";
  const Nanos open = state_.error_bound(now) - magnitude(offset);
  if (open * kBetterAtLeast > magnitude(offset))
    return "the true time is known to " + format_rounded(open) +
           " only, which is much against an offset of " + format_rounded(offset);
  return {};
}

Result<PlannedStep> Discipline::step_to_true(Nanos announced, MonoTime not_after) {
  const ClockReading before = ports_.clock.now();
  if (before.mono > not_after)
    return fail(ErrorCode::invalid, "too late: those who wait for the step do so no longer");
  const StepOffer offer = step_offer(before);
  if (!offer.refused.empty()) return fail(ErrorCode::invalid, offer.refused);
  const Nanos moved = magnitude(*offer.size - announced);
  if (moved > std::max(magnitude(announced) / kAnnouncedShare, config_.step.threshold))
    return fail(ErrorCode::invalid, "the offset is " + format_rounded(*offer.size) +
                                        " by now, and " + format_rounded(announced) +
                                        " was announced");
  // What is in force was meant for the old offset. A step would end an adjtime(), not a rate.
  observe_if_denied(kernel_.program(base(), std::nullopt));
  pause_step_.reset();
  const Nanos amount = state_.offset(ports_.clock.now());
  if (auto stepped = kernel_.step(amount, "a planned step to true time"); !stepped) {
    steer();
    return fail(std::move(stepped.error()));
  }
  const ClockReading after = ports_.clock.now();
  check_panic(after);
  return PlannedStep{amount, state_.offset(after)};
}

}  // namespace slewd::core
