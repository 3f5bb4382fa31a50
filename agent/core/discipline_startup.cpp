// The part of Discipline that decides on the step before the first Sync, and on Alarm: what it
// waits for and how it ends (docs/discipline.md).
#include <algorithm>
#include <utility>

#include "agent/core/discipline.hpp"
#include "base/duration.hpp"

namespace slewd::core {
namespace {

// Of a battery clock that tells the right time and has drifted for a year.
constexpr Nanos kBatteryErrs = std::chrono::seconds(1000);
// Time zones are whole quarters of an hour from UTC, by 14 h at most (tzdata).
constexpr Nanos kZoneUnit = std::chrono::minutes(15);
constexpr Nanos kFarthestZone = std::chrono::hours(14);
constexpr Nanos kZoneErrs = std::chrono::minutes(1);
// For so long the sources have to agree with each other, and none with the clock, before a first
// Sync that rested on a lone source counts as wrong.
constexpr Nanos kOutvotedFor = std::chrono::minutes(15);

// Whether a battery clock that is wrong by so much may keep local time, as other systems set it.
bool is_time_zone(Nanos apart) {
  const Nanos rest = magnitude(apart) % kZoneUnit;
  return magnitude(apart) <= kFarthestZone + kZoneErrs &&
         std::min(rest, kZoneUnit - rest) <= kZoneErrs;
}

}  // namespace

StepDecision Discipline::startup_decision(const ClockReading& now) const {
  if (!startup_step_pending_) return StepDecision::slew;
  const Nanos offset = state_.offset(now);
  const StepDecision allowed =
      decide_startup_step(offset, ever_synchronized_, config_.step, now.boot);
  if (allowed == StepDecision::slew || magnitude(offset) <= config_.step.max_unconfirmed)
    return allowed;
  return confirmed(now) ? StepDecision::step : StepDecision::wait;
}

// Empty without a battery clock, and where it speaks for no time: it was empty, it is before the
// newest file, or it may keep local time.
std::optional<bool> Discipline::battery_shows(WallTime time, const ClockReading& now) const {
  if (!state_.reference().battery) return std::nullopt;
  const WallTime shown{now.raw.since_epoch + state_.reference().battery->phase};
  if (!ports_.plausible.holds(shown)) return std::nullopt;
  const Nanos apart = shown - time;
  if (magnitude(apart) <= kBatteryErrs) return true;
  if (shown < ports_.plausible.newest_date() || is_time_zone(apart)) return std::nullopt;
  return false;
}

// Whether anything but a lone source speaks for the true time as it is believed now.
bool Discipline::confirmed(const ClockReading& now) const {
  if (state_.reference().sources >= 2) return true;
  const WallTime truth = now.wall + state_.offset(now);
  if (const auto battery = battery_shows(truth, now)) return *battery;
  const WallTime newest = ports_.plausible.newest_date();
  return now.wall < newest && newest <= truth;
}

void Discipline::count_hold_sample() {
  if (!judge_->hold_complete(++hold_count_) || !end_startup()) return;
  move(PhaseEvent::hold_complete);
}

// The end of Hold is the moment for a step. False where the step has to wait.
bool Discipline::end_startup() {
  const ClockReading now = ports_.clock.now();
  const StepDecision decision = startup_decision(now);
  if (decision == StepDecision::wait) {
    wait_for_witness(now);
    return false;
  }
  startup_step_pending_ = false;
  if (decision == StepDecision::step)
    (void)kernel_.step(state_.offset(now), "the start-up error was stepped, before the first Sync");
  // Later it means nothing: the kernel sets the battery clock by the wall clock.
  const ClockReading after = ports_.clock.now();
  if (battery_shows(after.wall, after).value_or(false)) sync_confirmed_ = true;
  return true;
}

void Discipline::wait_for_witness(const ClockReading& now) {
  raise(AlarmReason::unconfirmed_step,
        "a lone source asks for a step of " + format_rounded(state_.offset(now)) +
            ", which is more than " + format_rounded(config_.step.max_unconfirmed) +
            " (step.max_unconfirmed)");
}

void Discipline::check_panic(const ClockReading& reading) {
  ClockReading now = reading;
  weigh_first_sync(now);
  const bool held_back = alarm_ && alarm_->reason == AlarmReason::unconfirmed_step;
  const StepDecision decision = startup_decision(now);
  if (held_back && decision == StepDecision::wait) return wait_for_witness(now);
  if (held_back && decision == StepDecision::step) {
    (void)end_startup();
    now = ports_.clock.now();
  } else if (decision != StepDecision::slew) {
    // It comes at the end of Hold.
    return move(PhaseEvent::panic_cleared);
  }
  const Nanos offset = state_.offset(now);
  if (magnitude(offset) > config_.phase.panic)
    return raise(AlarmReason::beyond_panic,
                 "the clock is off by " + format_rounded(offset) + ", and more than " +
                     format_rounded(config_.phase.panic) + " (phase.panic) is not slewed");
  const Nanos eta = planner_.eta(offset, kernel_.headroom(base().frequency));
  if (eta > config_.phase.max_slew_eta)
    return raise(AlarmReason::slew_too_long,
                 "the clock is off by " + format_rounded(offset) + ", and a slew of " +
                     format_rounded(eta) + " is longer than " +
                     format_rounded(config_.phase.max_slew_eta) + " (phase.max_slew_eta)");
  move(PhaseEvent::panic_cleared);
}

// A first Sync that rested on a lone source may have been wrong. Once the sources have contradicted
// it for long and nothing speaks for it, the start-up step is due again.
void Discipline::weigh_first_sync(const ClockReading& now) {
  if (view_.phase == Phase::sync && state_.reference().agreeing >= 2) sync_confirmed_ = true;
  const bool far_off = alarm_ && alarm_->reason != AlarmReason::unconfirmed_step;
  const bool outvoted = far_off && ever_synchronized_ && !sync_confirmed_ &&
                        state_.reference().sources >= 2 && state_.reference().agreeing == 0;
  if (!outvoted) return outvoted_since_.reset();
  if (!outvoted_since_) outvoted_since_ = now.mono;
  if (now.mono - *outvoted_since_ < kOutvotedFor) return;
  const Nanos offset = state_.offset(now);
  if (decide_startup_step(offset, false, config_.step, now.boot) != StepDecision::step) return;
  ports_.observer.on_note(Severity::warning, "the first Sync rested on a lone source, and " +
                                                 std::to_string(state_.reference().sources) +
                                                 " sources have contradicted it for " +
                                                 format_rounded(kOutvotedFor) +
                                                 ": the start-up step is due again");
  ever_synchronized_ = false;
  startup_step_pending_ = true;
}

void Discipline::raise(AlarmReason reason, std::string text) {
  if (!steering()) return;
  const bool news = !alarm_ || alarm_->reason != reason;
  move(PhaseEvent::panic);
  alarm_ = AlarmView{reason, std::move(text)};
  if (news) ports_.observer.on_note(Severity::error, alarm_line(*alarm_));
}

}  // namespace slewd::core
