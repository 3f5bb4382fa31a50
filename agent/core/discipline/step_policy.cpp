// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/step_policy.hpp"

#include <algorithm>

#include "base/duration.hpp"

namespace slewd::core {
namespace {

// For a battery clock that was set correctly and has drifted for a year.
constexpr Nanos kBatteryErrs = std::chrono::seconds(1000);
// Time zones are whole quarters of an hour from UTC, by 14 h at most (tzdata).
constexpr Nanos kZoneUnit = std::chrono::minutes(15);
constexpr Nanos kFarthestZone = std::chrono::hours(14);
constexpr Nanos kZoneErrs = std::chrono::minutes(1);
// For so long the sources have to agree with each other, and none with the clock, before a first
// Sync counts as wrong; and for so long it may, where sources have confirmed it.
constexpr Nanos kOutvotedFor = std::chrono::minutes(15);
constexpr Nanos kProvenAfter = std::chrono::minutes(45);
// A machine that was off for longer than that since its newest file was written has no witness in
// the file.
constexpr Nanos kFilesAreYounger = std::chrono::years(3);
constexpr Nanos kPauseStepWaits = std::chrono::minutes(15);
constexpr Nanos kNoLimit{(std::int64_t{1} << 62) - 1};
// A resume sets the wall clock from one that counts seconds, and that drifts.
constexpr Nanos kResumeErrs = std::chrono::seconds(3);
// The estimate is old after so many polls, as for Holdover; a poll of less than a minute counts as
// one.
constexpr int kFreshPolls = 3;
constexpr Nanos kShortestPollCounted = std::chrono::minutes(1);
// What a planned step may leave open, as a share of its size: the clock has to be four times better
// after it at the very least, or the outage around it was in vain.
constexpr int kBetterAtLeast = 4;
// By how much the offset may have moved since it was announced, as a share of it: slewing goes on
// meanwhile, and the hooks were chosen for what was announced.
constexpr int kAnnouncedShare = 10;

// Whether a battery clock that is wrong by so much may keep local time, as other systems set it.
bool is_time_zone(Nanos apart) {
  const Nanos rest = magnitude(apart) % kZoneUnit;
  return magnitude(apart) <= kFarthestZone + kZoneErrs &&
         std::min(rest, kZoneUnit - rest) <= kZoneErrs;
}

}  // namespace

StepDecision StepPolicy::startup_decision(const ClockReading& now) const {
  if (startup_ != Startup::pending) return StepDecision::slew;
  const StepConfig& config = in_.config.step;
  const Nanos offset = in_.clock.offset(now);
  const StepDecision allowed = decide_startup_step(offset, false, config, now.boot);
  if (allowed == StepDecision::slew || magnitude(offset) <= config.max_unconfirmed) return allowed;
  return confirmed(now) ? StepDecision::step : StepDecision::wait;
}

// Whether anything but a lone source confirms the true time as it is believed now.
bool StepPolicy::confirmed(const ClockReading& now) const {
  if (in_.clock.reference().sources >= 2) return true;
  const WallTime truth = now.wall + in_.clock.offset(now);
  if (const auto battery = battery_shows(truth, now)) return *battery;
  const WallTime newest = in_.plausible.newest_date();
  return now.wall < newest && newest <= truth && truth - newest <= kFilesAreYounger;
}

// Empty without a battery clock, and where it confirms no time: it was empty, it is before the
// newest file, or it may keep local time.
std::optional<bool> StepPolicy::battery_shows(WallTime time, const ClockReading& now) const {
  const auto& battery = in_.clock.reference().battery;
  if (!battery) return std::nullopt;
  const WallTime shown{now.raw.since_epoch + battery->phase};
  if (!in_.plausible.holds(shown)) return std::nullopt;
  const Nanos apart = shown - time;
  if (magnitude(apart) <= kBatteryErrs) return true;
  if (shown < in_.plausible.newest_date() || is_time_zone(apart)) return std::nullopt;
  return false;
}

// Later the battery clock means nothing: the kernel sets it by the wall clock.
void StepPolicy::end_startup(const ClockReading& after) {
  skip_startup();
  if (battery_shows(after.wall, after).value_or(false)) first_sync_confirmed_ = true;
}

void StepPolicy::skip_startup() {
  if (startup_ == Startup::pending) startup_ = Startup::over;
}

void StepPolicy::review_first_sync(Phase phase, const std::optional<AlarmView>& alarm,
                                   const ClockReading& now) {
  const Reference& reference = in_.clock.reference();
  if (phase == Phase::sync && reference.agreeing >= 2) {
    if (!agreed_since_) agreed_since_ = now.mono;
    if (now.mono - *agreed_since_ >= kProvenAfter) first_sync_confirmed_ = true;
    confirmers_ = std::max(confirmers_, reference.agreeing);
  }
  const bool far_off = alarm && alarm->reason != AlarmReason::unconfirmed_step;
  const bool outvoted = far_off && ever_synchronized() && !first_sync_confirmed_ &&
                        reference.sources >= std::max<std::size_t>(2, confirmers_) &&
                        reference.agreeing == 0;
  if (!outvoted) return outvoted_since_.reset();
  if (!outvoted_since_) outvoted_since_ = now.mono;
  if (now.mono - *outvoted_since_ < kOutvotedFor) return;
  const Nanos offset = in_.clock.offset(now);
  if (decide_startup_step(offset, false, in_.config.step, now.boot) != StepDecision::step) return;
  in_.observer.on_note(Severity::warning,
                       std::to_string(reference.sources) +
                           " sources have contradicted the first Sync for " +
                           format_rounded(kOutvotedFor) +
                           ", and none agrees with it: the start-up step is due again");
  startup_ = Startup::pending;
}

void StepPolicy::allow_pause_step(Nanos most, Nanos most_by_two, Nanos known) {
  if (in_.config.jumps.after_pause != AfterPause::step_forward) return;
  pause_ = {
      .most = most, .most_by_two = most_by_two, .known = std::max(known, Nanos{0}), .expires = {}};
}

// The kernel has set the wall clock from a clock that may have been wrong by anything.
void StepPolicy::allow_resume_step(const ClockReading& before) {
  if (in_.clock.estimate()) allow_pause_step(kResumeErrs, kNoLimit, in_.clock.offset(before));
}

// No program that stood still has seen the time pass: forward, it sees what any suspend shows. What
// two witnesses have not measured is not stepped; what they have may be beyond phase.panic. A lone
// source that asks for too much waits for the second one.
std::optional<Nanos> StepPolicy::take_pause_step(bool steering, const ClockReading& now) {
  if (!pause_) return std::nullopt;
  // No sample, no cost known: a network that comes late does not use up the time.
  if (!pause_->expires) pause_->expires = now.mono + kPauseStepWaits;
  const bool permitted = steering && now.mono <= *pause_->expires &&
                         in_.config.jumps.after_pause == AfterPause::step_forward;
  const bool by_two = in_.clock.reference().sources >= 2;
  const Nanos cost = in_.clock.offset(now) - pause_->known;
  const Nanos most = by_two ? pause_->most_by_two : pause_->most;
  const bool due = permitted && cost >= in_.config.step.threshold && cost <= most;
  if (due || !permitted || by_two) pause_.reset();
  return due ? std::optional(cost) : std::nullopt;
}

std::string StepPolicy::reason_not_to_step(Phase phase, const ClockReading& now) const {
  const ClockState& clock = in_.clock;
  const Nanos threshold = in_.config.step.threshold;
  // Alarm is where an error is that is too large to be slewed: what a step is for.
  if (phase != Phase::sync && phase != Phase::alarm)
    return "the sources have not settled: the phase is " + std::string(to_string(phase)) +
           ", and must be Sync";
  const Nanos old = kFreshPolls * std::max(clock.reference().poll_interval, kShortestPollCounted);
  if (!clock.last_update() || now.mono - *clock.last_update() > old)
    return "no accepted sample for " + format_rounded(old);
  if (clock.dissent() != Nanos{0})
    return "the newest sample is off by " + format_rounded(clock.dissent()) + "; unresolved";
  const Nanos offset = clock.offset(now);
  if (magnitude(offset) < threshold)
    return "the clock is off by " + format_rounded(offset) + ", which is slewed: less than " +
           format_rounded(threshold) + " (step.threshold) is not worth a step";
  const Nanos open = clock.error_bound(now) - magnitude(offset);
  if (open * kBetterAtLeast > magnitude(offset))
    return "the true time is known to " + format_rounded(open) +
           " only: too large an uncertainty for an offset of " + format_rounded(offset);
  return {};
}

Result<void> StepPolicy::check_announced(const StepOffer& offer, Nanos announced) const {
  if (!offer.refused.empty()) return fail(ErrorCode::invalid, offer.refused);
  const Nanos moved = magnitude(*offer.size - announced);
  if (moved > std::max(magnitude(announced) / kAnnouncedShare, in_.config.step.threshold))
    return fail(ErrorCode::invalid, "the offset is " + format_rounded(*offer.size) +
                                        " by now, and " + format_rounded(announced) +
                                        " was announced");
  return {};
}

}  // namespace slewd::core
