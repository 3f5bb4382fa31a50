#include "agent/core/jump_classifier.hpp"

#include <cmath>
#include <utility>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

// What a look that came late by less is: a busy machine.
constexpr Nanos kLongOverrun = 2s;
// How far RAW and a host's clock may drift apart on their own.
constexpr double kHostDrift = 200e-6;
constexpr Nanos kSuspicionLasts = 15min;
constexpr Nanos kDay = 24h;
// A leap second that the sources tell of is noticed at the next polls.
constexpr Nanos kAfterDayEnd = 1h;
constexpr Nanos kLeapTolerance = 100ms;

Nanos since_day_end(WallTime wall) {
  const Nanos within = wall.since_epoch % kDay;
  return within < Nanos{0} ? within + kDay : within;
}

bool differs(const std::optional<std::uint64_t>& before, const std::optional<std::uint64_t>& now) {
  return before && now && *before != *now;
}

// CLOCK_TAI takes no part in a leap second; where there is none, the calendar must do.
bool is_leap_second(const ClockReading& before, const ClockReading& now, Nanos moved,
                    Nanos tolerance) {
  if (magnitude(magnitude(moved) - 1s) >= tolerance) return false;
  if (before.tai == TaiTime{} || now.tai == TaiTime{})
    return since_day_end(now.wall + 1s) <= now.mono - before.mono + 2s;
  return magnitude((now.tai - before.tai) - (now.mono - before.mono)) < tolerance;
}

ClockEvent event_of(const JumpSignature& signature, SignSet signs, const ClockReading& now,
                    Nanos latency) {
  ClockEvent event;
  event.cause = signature.cause;
  event.uncertainty = now.width;
  event.seen_mono = now.mono;
  event.seen_boot = now.boot;
  event.wall_before = now.wall;
  event.wall_after = now.wall;
  event.latency = latency;
  event.phase_sd = signature.phase_sd;
  event.frequency_sd = signature.frequency_sd;
  event.witnesses = describe(signs);
  return event;
}

}  // namespace

std::vector<ClockEvent> JumpClassifier::look(const ClockLook& look, const MachineSigns& signs) {
  const ClockReading& now = look.clocks;
  const auto before = std::exchange(last_, Seen{now, signs});
  std::vector<ClockEvent> events;
  if (!before) {
    host_ = signs.host;
    return events;
  }
  const ClockReading& then = before->clocks;
  const Nanos elapsed = now.mono - then.mono;
  const Nanos width = now.width + then.width;
  const Nanos tolerance = config_.floor + width;
  // A step of the floor itself may read as a little less; the readings alone never by twice that.
  const auto moved_by = [&](Nanos amount) {
    return magnitude(amount) + width >= config_.floor && magnitude(amount) > 2 * width;
  };
  const Nanos own = std::exchange(own_step_, Nanos{0});
  if (moved_by(own)) {
    ClockEvent event = event_of(*classify({Sign::own}), {Sign::own}, now, elapsed);
    event.size = own;
    event.wall_before = now.wall - own;
    events.push_back(std::move(event));
  }
  const Nanos moved = (now.wall - then.wall) - elapsed - own;
  const Nanos suspended = (now.boot - then.boot) - elapsed;
  SignSet found;
  found.add_if(moved_by(moved), Sign::real_mono);
  found.add_if(moved_by(suspended), Sign::boot_mono);
  found.add_if(is_leap_second(then, now, moved, tolerance), Sign::leap_second);
  found.add_if(differs(before->signs.disruption_marker, signs.disruption_marker), Sign::marker);
  found.add_if(differs(before->signs.generation, signs.generation), Sign::generation);
  found.add_if(!before->signs.clocksource.empty() && !signs.clocksource.empty() &&
                   before->signs.clocksource != signs.clocksource,
               Sign::clocksource);
  found.add_if(look.overrun >= kLongOverrun, Sign::overrun);
  if (found.has(Sign::overrun) && before->signs.steal && signs.steal)
    found.add_if(*signs.steal - *before->signs.steal >= look.overrun / 2, Sign::steal);
  if (suspended >= tolerance) host_.reset();  // RAW has stood still, and it is known for how long
  watch_host(signs.host, now.mono);
  const auto signature = classify(found);
  if (!signature) return events;
  found.add_if(look.told, Sign::clock_set);
  ClockEvent event = event_of(*signature, found, now, elapsed);
  event.size = moved;
  event.uncertainty = now.width + then.width;
  event.wall_before = now.wall - moved;
  if (signature->cause == JumpCause::suspend) event.phase_shift = suspended;
  if (signature->cause == JumpCause::leap) event.phase_shift = moved;
  const bool elsewhere =
      signature->cause == JumpCause::migration || signature->cause == JumpCause::snapshot;
  if (elsewhere && !found.has(Sign::real_mono)) event.uncertainty = kUnknownSize;
  events.push_back(std::move(event));
  return events;
}

std::optional<ClockEvent> JumpClassifier::confirm(const OffsetMove& move, const ClockReading& now) {
  if (magnitude(move.lost) < config_.floor) return std::nullopt;
  SignSet found;
  found.add(move.lost > Nanos{0} ? Sign::offset_behind : Sign::offset_ahead);
  found.add_if(move.sources >= 2, Sign::servers);
  found.add_if(host_agrees(move, now.mono), Sign::host_clock);
  found.add_if(magnitude(magnitude(move.lost) - 1s) <= kLeapTolerance + move.uncertainty &&
                   since_day_end(now.wall + move.lost) <= kAfterDayEnd,
               Sign::day_end);
  host_moved_.reset();
  const auto signature = classify(found);
  if (!signature) return std::nullopt;
  ClockEvent event = event_of(*signature, found, now, move.latency);
  event.size = -move.lost;
  event.uncertainty = move.uncertainty;
  event.wall_before = now.wall + move.lost;
  return event;
}

bool JumpClassifier::host_agrees(const OffsetMove& move, MonoTime now) const {
  const auto host = host_moved(now);
  return host && magnitude(host->by - move.lost) <= host->uncertainty + move.uncertainty;
}

std::optional<HostMove> JumpClassifier::host_moved(MonoTime now) const {
  if (!host_moved_ || now - host_moved_->seen > kSuspicionLasts) return std::nullopt;
  return host_moved_;
}

void JumpClassifier::watch_host(const std::optional<HostClock>& host, MonoTime now) {
  const auto before = std::exchange(host_, host);
  if (!before || !host || host->read == before->read) return;
  const Nanos moved = host->phase - before->phase;
  const Nanos allowed = host->uncertainty + before->uncertainty +
                        from_seconds(kHostDrift * std::abs(to_seconds(host->read - before->read)));
  if (magnitude(moved) < config_.floor + allowed) return;
  host_moved_ = {.by = moved, .uncertainty = allowed, .seen = now};
}

}  // namespace slewd::core
