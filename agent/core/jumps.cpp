// SPDX-License-Identifier: Apache-2.0
#include "agent/core/jumps.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/core/estimate/error_bound.hpp"
#include "base/duration.hpp"

namespace slewd::core {
namespace {

// A hypervisor's marks come one after the other: a marker, a generation, a new clocksource.
constexpr Nanos kSameEvent = std::chrono::seconds(10);
// The call that set the clock entered the kernel before we could see its effect.
constexpr Nanos kCallsBefore = std::chrono::milliseconds(100);
constexpr double kSizeKnown = 0.1;  // s: an estimate that is better has heard a sample since
constexpr double kRampShare = 0.5;
constexpr double kMovedShare = 0.5;  // of a move, within which another is the same one

// Of an event that no sample has sized.
constexpr Nanos kNeverSized = std::chrono::hours(24);

bool names_originator(JumpCause cause) {
  return cause == JumpCause::external_step || cause == JumpCause::external_frequency ||
         cause == JumpCause::external_slew;
}

}  // namespace

Jumps::Jumps(Env& env, const CoreConfig& config, Parts parts)
    : env_(env), config_(config), parts_(parts), classifier_(config.jumps) {}

void Jumps::restore(JumpView recorded, std::uint64_t last_id) {
  view_ = std::move(recorded);
  last_id_ = last_id;
  // The run that could have sized them has ended.
  const auto events = view_.recent;
  for (ClockEvent event : events) {
    if (event.uncertainty != kUnknownSize) continue;
    event.uncertainty = kNeverSized;
    view_.note(event);
  }
}

void Jumps::look(const ClockLook& look) {
  if (const auto own = parts_.discipline.take_own_step()) classifier_.announce_own_step(*own);
  for (ClockEvent& event : classifier_.look(look, env_.witnesses.look())) {
    if (event.cause == JumpCause::suspend) parts_.sources.on_network_changed();
    take_in(std::move(event));
  }
  last_look_ = look.clocks.raw;
  // A host's clock that has moved is a reason to ask the servers, not to believe it.
  const auto host = classifier_.host_moved(look.clocks.mono);
  if (!host || host->seen == host_moved_) return;
  host_moved_ = host->seen;
  if (!parts_.discipline.fixed_interval()) parts_.sources.ask_often();
}

void Jumps::take_in(ClockEvent event) {
  parts_.leaps.match(event);
  if (is_more_of(event)) return add_to_open(event);
  const std::optional<Estimate> before = parts_.discipline.estimate();
  parts_.consensus.doubt(event, parts_.sources.all());
  enter(event, last_look_);
  if (!event.size_known()) open_ = {event, before};
  if (event.cause == JumpCause::external_step) parts_.external.on_external_step(event.seen_mono);
  parts_.discipline.on_jump(event);
  if (parts_.discipline.leaves_to_samples(event)) left_to_samples_ += event.size;
  if (event.phase_shift != Nanos{0}) parts_.leaps.arm();
  parts_.engine.publish();
  const bool ours = event.cause == JumpCause::own_step;
  if (!ours && !parts_.discipline.fixed_interval()) parts_.sources.ask_often();
}

bool Jumps::is_more_of(const ClockEvent& event) const {
  const bool mark = !event.size_known() || event.cause == JumpCause::clocksource;
  return open_ && mark && event.seen_mono - open_->event.seen_mono <= kSameEvent;
}

void Jumps::add_to_open(const ClockEvent& event) {
  ClockEvent& known = open_->event;
  if (event.cause == JumpCause::snapshot) known.cause = event.cause;
  known.witnesses += " " + event.witnesses;
  // Once it is sized, the filters have heard a sample since.
  if (!open_->sized) {
    parts_.consensus.doubt(event, parts_.sources.all());
    parts_.discipline.on_jump(event);
  }
  view_.note(known);
  parts_.engine.publish();
  env_.observer.on_jump_refined(known);
}

void Jumps::enter(ClockEvent& event, RawTime not_before) {
  if (!event.size_known()) close_open();
  event.id = ++last_id_;
  if (names_originator(event.cause))
    event.originator = describe_suspects(env_.clock_calls.since(not_before - kCallsBefore));
  view_.note(event);
  parts_.engine.publish();
  env_.observer.on_jump(event);
}

// A sample since the event shows what the machine has lost.
void Jumps::size_open(const Estimate& estimate, const Selection& selection,
                      std::optional<RawTime> shown) {
  if (!open_ || open_->sized) return;
  if (!open_->before) return close_open();  // true time was not known before
  const ClockReading now = env_.clock.now();
  const double sd = estimate.sd_at(now.raw);
  if (sd > kSizeKnown) return;
  const Estimate& before = *open_->before;
  ClockEvent& event = open_->event;
  event.size = before.phase_at(now.raw) - estimate.phase_at(now.raw);
  event.uncertainty = from_seconds(kBoundDeviations * std::hypot(sd, before.sd_at(now.raw)));
  event.wall_before = event.wall_after - event.size;
  event.witnesses += " offset";
  view_.note(event);
  parts_.engine.publish();
  env_.observer.on_jump_refined(event);
  open_->sized = true;
  if (!shown) shown = now.raw - (now.mono - event.seen_mono);
  OffsetMove move{.lost = -event.size,
                  .uncertainty = event.uncertainty,
                  .sources = witnesses(selection, shown),
                  .latency = now.mono - event.seen_mono + event.latency,
                  .shown = shown};
  hear_others(move, before, estimate);
  const bool two_servers = move.sources >= 2 && !classifier_.host_contradicts(move, now);
  if (!move.contradicted && (two_servers || classifier_.host_agrees(move, now.mono))) {
    const Nanos most = magnitude(event.size) + event.uncertainty;
    parts_.discipline.allow_pause_step(most, most, before.offset_of(now));
  }
  classifier_.forget_host_move();
}

// No sample came before the next event: the size stays as unknown as the machine's absence.
void Jumps::close_open() {
  if (!open_) return;
  ClockEvent& event = open_->event;
  if (!open_->sized) {
    event.uncertainty = kNeverSized;
    view_.note(event);
  }
  open_.reset();
}

void Jumps::enter_confirmed(const Estimate& before, const Selection& after,
                            std::optional<RawTime> shown) {
  const ClockReading now = env_.clock.now();
  parts_.leaps.settle(after.combined.phase_at(now.raw) - before.phase_at(now.raw));
  if (open_ && !open_->sized) return size_open(after.combined, after, shown);
  const Nanos left = std::exchange(left_to_samples_, Nanos{0});
  const Nanos lost = after.combined.phase_at(now.raw) - before.phase_at(now.raw) + left;
  const auto heard = parts_.discipline.clock_view(now).last_update;
  const Nanos latency = heard ? now.mono - *heard : Nanos{0};
  // An oscillator that has changed moves away bit by bit: nothing has jumped.
  const double bent = std::abs(after.combined.frequency - before.frequency) * to_seconds(latency);
  if (bent > kRampShare * std::abs(to_seconds(lost))) return;
  const double sd = std::hypot(before.sd_at(now.raw), after.combined.sd_at(now.raw));
  OffsetMove move{.lost = lost,
                  .uncertainty = from_seconds(kBoundDeviations * sd),
                  .sources = witnesses(after, shown),
                  .latency = latency,
                  .shown = shown};
  hear_others(move, before, after.combined);
  if (!shown && left == Nanos{0} && !classifier_.host_agrees(move, now.mono)) {
    if (magnitude(lost) >= config_.jumps.floor)
      env_.observer.on_note(Severity::warning,
                            "another majority of the sources has another time, " +
                                format_rounded(lost) + " away: no clock has jumped");
    return;
  }
  // The host's clock and the sources; without a host's clock all sources alike, and beyond
  // phase.panic more than two of them.
  const bool host_agrees = !move.contradicted && classifier_.host_agrees(move, now.mono);
  auto event = classifier_.confirm(move, now);
  if (!event) return;
  enter(*event, last_look_);
  const bool enough = move.answered > 2 || lost <= config_.phase.panic;
  const bool sources_alone =
      event->cause == JumpCause::vm_pause && !classifier_.signs().host && enough;
  if (!host_agrees && !sources_alone) return;
  const Nanos most = magnitude(lost) + move.uncertainty;
  parts_.discipline.allow_pause_step(most, most, before.offset_of(now));
}

std::size_t Jumps::witnesses(const Selection& selection, std::optional<RawTime> shown) const {
  if (!shown) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(selection.survivors, [&](std::size_t index) {
        const auto since = parts_.sources.all()[index]->track.known_since();
        return since && *since < *shown;
      }));
}

void Jumps::hear_others(OffsetMove& move, const Estimate& before, const Estimate& after) const {
  const RawTime now = env_.clock.now().raw;
  const MonoTime mono = env_.clock.now().mono;
  for (const auto& each : parts_.sources.all()) {
    const SourceTrack& track = each->track;
    const bool banned = each->banned_until && mono < *each->banned_until;
    if (banned || !each->source.reachable() || !track.has_claim()) continue;
    if (!move.shown || track.last()->at < *move.shown) continue;
    // A source that is new cannot show whether the clock has moved.
    if (*track.known_since() >= *move.shown) continue;
    ++move.answered;
    const Nanos claim = track.claim(now).estimate.phase_at(now);
    const bool at_old_place =
        magnitude(claim - before.phase_at(now)) < magnitude(claim - after.phase_at(now));
    // One that was off before has moved all the same.
    const bool moved_alike = magnitude(track.moved_since(*move.shown) - move.lost) <
                             from_seconds(kMovedShare * std::abs(to_seconds(move.lost)));
    if (at_old_place && !moved_alike) move.contradicted = true;
  }
}

}  // namespace slewd::core
