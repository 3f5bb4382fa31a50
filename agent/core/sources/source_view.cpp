// SPDX-License-Identifier: Apache-2.0
#include "agent/core/sources/source_view.hpp"

#include "base/duration.hpp"

namespace slewd::core {

std::string silence_of(const Source& source) {
  if (const auto rejection = source.rejection())
    return "answers, and each reply is rejected: " + std::string(rejection_text(rejection->why)) +
           (rejection->count > 1 ? " (" + std::to_string(rejection->count) + " times)" : "");
  if (source.requests() == 0) return "not asked yet";
  return source.responses() == 0 ? "has not answered yet" : "has not answered lately";
}

namespace {

// Why a source has its state; of one that is still believed, whether it still answers.
std::string reason_of(const Association& association, const ClockReading& now) {
  const Source& source = association.source;
  const Verdict& verdict = association.verdict;
  if (association.banned_until && now.mono < *association.banned_until)
    return "measured only: a rule has banned it for another " +
           format_rounded(*association.banned_until - now.mono) + "; a reload ends that";
  if (source.denied()) return "the server refuses us (kiss DENY or RSTR)";
  if (verdict.state == SourceState::noselect && source.reachable()) return verdict.reason;
  if (!source.reachable()) return silence_of(source);
  if (!association.track.has_claim()) return "answers; its samples do not count yet";
  if (association.unanswered <= kSilentPolls || !association.track.last()) return verdict.reason;
  const Nanos since = now.raw - association.track.last()->at;
  return verdict.reason + "; no sample for " + format_rounded(since) + ": " + silence_of(source);
}

}  // namespace

SourceView view_of(const SourceLine& line) {
  SourceView view;
  view.name = line.config.name;
  view.state = SourceState::unreachable;
  view.reason = line.reason;
  return view;
}

SourceView view_of(const Association& association, const ClockReading& now,
                   const PlausibleTime& plausible) {
  const Source& source = association.source;
  SourceView view;
  view.name = association.name;
  view.address = association.address;
  view.refid = association.refid;
  view.state = association.verdict.state;
  view.banned_until = association.banned_until;
  if (!source.reachable() && view.state != SourceState::noselect)
    view.state = SourceState::unreachable;
  view.reason = reason_of(association, now);
  if (const auto stamp = source.implausible()) view.reason = plausible.refusal_of(*stamp);
  view.stratum = source.stratum();
  view.leap = source.leap();
  view.poll_interval = association.interval;
  view.reach = source.reach();
  view.requests = source.requests();
  view.responses = source.responses();
  view.rejected = source.rejected();
  if (const auto& last = association.track.last(); last && association.track.has_claim()) {
    const Estimate claim = association.track.claim(now.raw).estimate;
    view.offset = claim.offset_of(now);
    view.delay = last->delay;
    view.dispersion = last->root_dispersion;
    view.jitter = from_seconds(claim.sd_at(now.raw));
    view.root_distance = association.track.root_distance(now.raw);
    view.last_sample = MonoTime{now.mono.since_epoch - (now.raw - last->at)};
  }
  return view;
}

}  // namespace slewd::core
