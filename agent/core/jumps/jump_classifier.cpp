// SPDX-License-Identifier: Apache-2.0
#include "agent/core/jumps/jump_classifier.hpp"

#include <cmath>
#include <utility>

#include "agent/core/leap/leap_second.hpp"

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

// What a look that came late by less is: a busy machine.
constexpr Nanos kLongOverrun = 2s;
// How far RAW and a host's clock may drift apart on their own.
constexpr double kHostDrift = 200e-6;
constexpr Nanos kSuspicionLasts = 15min;
constexpr Nanos kDay = 24h;
// A leap second that the sources announce is noticed at the next polls.
constexpr Nanos kAfterDayEnd = 1h;
constexpr Nanos kStealIsTold = 3s;
// Beyond it the servers or this clock were wrong, even where all agree.
constexpr Nanos kLongestPause = 90 * kDay;
constexpr Nanos kLeapTolerance = 100ms;

Nanos since_day_end(WallTime wall) {
  const Nanos within = wall.since_epoch % kDay;
  return within < Nanos{0} ? within + kDay : within;
}

bool differs(const std::optional<std::uint64_t>& before, const std::optional<std::uint64_t>& now) {
  return before && now && *before != *now;
}

SignSet signs_between(const MachineSigns& before, const MachineSigns& now) {
  SignSet found;
  found.add_if(differs(before.disruption_marker, now.disruption_marker), Sign::marker);
  found.add_if(differs(before.generation, now.generation), Sign::generation);
  found.add_if(!before.clocksource.empty() && !now.clocksource.empty() &&
                   before.clocksource != now.clocksource,
               Sign::clocksource);
  return found;
}

}  // namespace

// Leap seconds come at the end of a month (ITU-R TF.460). One that is inserted is its last second,
// at whose beginning the clock may be a little slow.
bool JumpClassifier::may_leap(WallTime truth) const {
  using std::chrono::days;
  const WallTime later = truth + 1s + kLeapTolerance;
  const std::chrono::sys_days day{std::chrono::floor<days>(later.since_epoch)};
  const std::chrono::year_month_day date{day};
  if (date.day() != std::chrono::day{1} || since_day_end(later) > kAfterDayEnd) return false;
  const WallTime month_end{day.time_since_epoch()};
  return month_can_leap(month_end - 1s, leaps_.months) || leaps_.announced == month_end;
}

// CLOCK_TAI takes no part in a leap second; where there is none, the calendar must do.
bool JumpClassifier::is_leap_second(const ClockReading& before, const ClockReading& now,
                                    Nanos moved, Nanos tolerance) const {
  if (magnitude(magnitude(moved) - 1s) >= tolerance || !may_leap(now.wall)) return false;
  if (before.tai == TaiTime{} || now.tai == TaiTime{})
    return since_day_end(now.wall + 1s) <= now.mono - before.mono + 2s;
  return magnitude((now.tai - before.tai) - (now.mono - before.mono)) < tolerance;
}

std::optional<ClockEvent> event_of(SignSet signs, const ClockReading& now, Nanos latency) {
  const auto signature = classify(signs);
  if (!signature) return std::nullopt;
  ClockEvent event;
  event.cause = signature->cause;
  event.uncertainty = now.width;
  event.seen_mono = now.mono;
  event.seen_boot = now.boot;
  event.wall_before = now.wall;
  event.wall_after = now.wall;
  event.latency = latency;
  event.phase_sd = signature->phase_sd;
  event.frequency_sd = signature->frequency_sd;
  event.witnesses = describe(signs);
  return event;
}

std::vector<ClockEvent> JumpClassifier::look(const ClockLook& look, MachineSigns fresh) {
  const ClockReading& now = look.clocks;
  const MachineSigns former = std::exchange(signs_, std::move(fresh));
  const auto before = std::exchange(last_, now);
  std::vector<ClockEvent> events;
  if (!before) {
    host_ = signs_.host;
    if (host_) host_watched_from_ = host_->read;
    base_ = now;
    return events;
  }
  const Nanos elapsed = now.mono - before->mono;
  const Nanos own = std::exchange(own_step_, Nanos{0});
  if (own != Nanos{0}) {
    ClockEvent event = *event_of({Sign::own}, now, elapsed);
    event.size = own;
    event.wall_before = now.wall - own;
    events.push_back(std::move(event));
    base_.wall += own;
    base_.tai += own;
  }
  const Moves moves = compare(*before, now);
  SignSet others = signs_between(former, signs_);
  add_overrun(others, look, former);
  // RAW has stood still, and it is known for how long: older readings mean nothing any more.
  if (moves.found.has(Sign::boot_mono)) host_from_ = now.raw;
  watch_host(now.mono);
  const bool marked = others.has(Sign::marker) || others.has(Sign::generation);
  if (others.has(Sign::marker)) ++disruptions_;
  if (marked) {
    ClockEvent event = *event_of(others, now, elapsed);
    event.uncertainty = kUnknownSize;
    events.push_back(std::move(event));
    others = {};
  }
  // A program that sets the clock after such a mark, a guest agent for instance, makes an event of
  // its own.
  SignSet found = moves.found;
  found.add(others);
  auto event = event_of(found, now, elapsed);
  if (!event) {
    // The kernel keeps the differences exactly: what a narrower reading shows is the same, better.
    const bool same = magnitude(moves.wall) <= now.width + base_.width;
    if (same && now.width < base_.width) base_ = now;
    return events;
  }
  if (!moves.found.empty()) {
    event->size = moves.wall;
    event->uncertainty = now.width + base_.width;
    event->wall_before = now.wall - moves.wall;
    base_ = now;
  }
  if (look.notified)
    event->witnesses = std::string(to_string(Sign::clock_set)) + " " + event->witnesses;
  if (event->cause == JumpCause::suspend) event->phase_shift = moves.suspended;
  if (event->cause == JumpCause::leap) event->phase_shift = moves.wall < 0ns ? -1s : 1s;
  events.push_back(*std::move(event));
  return events;
}

JumpClassifier::Moves JumpClassifier::compare(const ClockReading& then,
                                              const ClockReading& now) const {
  const Nanos elapsed = now.mono - base_.mono;
  const Nanos width = now.width + base_.width;
  // A step of the floor itself may read as a little less; the readings alone never by twice that.
  const auto counts = [&](Nanos amount) {
    return magnitude(amount) + width >= config_.floor && magnitude(amount) > 2 * width;
  };
  Moves moves{.wall = (now.wall - base_.wall) - elapsed,
              .suspended = (now.boot - base_.boot) - elapsed,
              .found = {}};
  moves.found.add_if(counts(moves.wall), Sign::real_mono);
  moves.found.add_if(counts(moves.suspended), Sign::boot_mono);
  moves.found.add_if(is_leap_second(then, now, moves.wall, config_.floor + width),
                     Sign::leap_second);
  return moves;
}

// The hypervisor's account of the stolen time comes from another thread, up to some looks later.
void JumpClassifier::add_overrun(SignSet& found, const ClockLook& look,
                                 const MachineSigns& former) {
  // The thread that looks each second knows best how long it was.
  std::optional<LateLook> late = LateLook{look.overrun, former.steal};
  if (signs_.late) late = signs_.late != former.late ? signs_.late : std::nullopt;
  if (late && late->by >= kLongOverrun && late->steal_before)
    late_ = Late{late->by, *late->steal_before, look.clocks.mono + kStealIsTold};
  if (!late_ || !signs_.steal) return;
  if (look.clocks.mono > late_->until) return late_.reset();
  if (*signs_.steal - late_->steal_before < late_->overrun / 2) return;
  found.add({Sign::overrun, Sign::steal});
  late_.reset();
}

std::optional<ClockEvent> JumpClassifier::confirm(const OffsetMove& move, const ClockReading& now) {
  if (magnitude(move.lost) < config_.floor) return std::nullopt;
  SignSet found;
  found.add(move.lost > Nanos{0} ? Sign::offset_behind : Sign::offset_ahead);
  found.add_if(move.sources >= 2, Sign::servers);
  found.add_if(host_agrees(move, now.mono), Sign::host_clock);
  found.add_if(move.lost > Nanos{0} && host_contradicts(move, now), Sign::host_still);
  found.add_if(move.lost > Nanos{0} && move.contradicted, Sign::source_still);
  found.add_if(move.lost > kLongestPause, Sign::too_long);
  found.add_if(magnitude(magnitude(move.lost) - 1s) <= kLeapTolerance + move.uncertainty &&
                   !found.has(Sign::host_clock) && may_leap(now.wall + move.lost),
               Sign::month_end);
  host_moved_.reset();
  auto event = event_of(found, now, move.latency);
  if (!event) return std::nullopt;
  event->size = -move.lost;
  event->uncertainty = move.uncertainty;
  event->wall_before = now.wall + move.lost;
  return event;
}

bool JumpClassifier::host_agrees(const OffsetMove& move, MonoTime now) const {
  const auto host = host_moved(now);
  return host && magnitude(host->by - move.lost) <= host->uncertainty + move.uncertainty;
}

bool JumpClassifier::host_contradicts(const OffsetMove& move, const ClockReading& now) const {
  if (!host_ || !host_watched_from_ || !move.shown) return false;
  const bool watched = *host_watched_from_ <= now.raw - move.latency && host_->read >= *move.shown;
  if (!watched) return false;
  const auto moved = host_moved(now.mono);
  const Nanos by = moved ? moved->by : Nanos{0};
  const Nanos drifted = from_seconds(kHostDrift * to_seconds(move.latency));
  const Nanos allowed = moved ? moved->uncertainty : 2 * host_->uncertainty + drifted;
  return magnitude(by - move.lost) > config_.floor + allowed + move.uncertainty;
}

std::optional<HostMove> JumpClassifier::host_moved(MonoTime now) const {
  if (!host_moved_ || now - host_moved_->seen > kSuspicionLasts) return std::nullopt;
  return host_moved_;
}

void JumpClassifier::watch_host(MonoTime now) {
  const auto& host = signs_.host;
  if (host_from_ && host && host->read <= *host_from_) {
    host_.reset();
    return;
  }
  auto before = std::exchange(host_, host);
  if (!host) host_watched_from_.reset();
  if (host && !before) host_watched_from_ = host->read;
  if (!before || !host || host->read == before->read) return;
  // The less time between two readings, the less they may have drifted apart.
  if (signs_.host_before && signs_.host_before->read > before->read) before = signs_.host_before;
  const Nanos moved = host->phase - before->phase;
  const Nanos allowed = host->uncertainty + before->uncertainty +
                        from_seconds(kHostDrift * std::abs(to_seconds(host->read - before->read)));
  if (magnitude(moved) < config_.floor + allowed) return;
  host_moved_ = {.by = moved, .uncertainty = allowed, .seen = now};
}

}  // namespace slewd::core
