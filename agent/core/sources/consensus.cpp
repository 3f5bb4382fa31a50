// SPDX-License-Identifier: Apache-2.0
#include "agent/core/sources/consensus.hpp"

#include <algorithm>
#include <cmath>

#include "agent/core/estimate/error_bound.hpp"
#include "agent/core/leap/leap_vote.hpp"
#include "agent/core/sources/poll_policy.hpp"
#include "base/duration.hpp"
#include "base/frequency.hpp"

namespace slewd::core {
namespace {

// For so long the bound holds what a lone source has shown and no other has confirmed, and as long
// again ever less of it.
constexpr Nanos kUnconfirmedFor = std::chrono::hours(1);
constexpr int kCalmSamples = 12;  // in a row as foretold, before any of it is let go

// The newest poll counts once an answer would come too late to be believed.
bool is_silent(const Association& association, MonoTime now) {
  const bool may_answer = association.source.awaiting() && association.polled &&
                          now - *association.polled <= association.source.config().max_delay;
  return association.unanswered - (may_answer ? 1 : 0) >= kSilentPolls;
}

}  // namespace

bool takes_part(SourceState state) {
  return state == SourceState::selected || state == SourceState::combined ||
         state == SourceState::candidate || state == SourceState::falseticker;
}

Selection Consensus::select(const Associations& all, RawTime now) const {
  const MonoTime mono = env_.clock.now().mono;
  std::vector<Candidate> candidates;
  for (const auto& association : all) {
    const SourceConfig& config = association->source.config();
    Candidate candidate;
    candidate.reachable = association->source.reachable() && association->track.has_claim();
    if (candidate.reachable) {
      const SourceTrack::Claim claim = association->track.claim(now);
      candidate.claim = claim.estimate;
      candidate.age_variance = claim.age_variance;
      candidate.root_distance = association->track.root_distance(now);
      candidate.age_dispersion = association->track.age_dispersion(now);
      if (is_silent(*association, mono)) candidate.silent_for = now - association->track.last()->at;
    }
    candidate.incumbent = association->verdict.state == SourceState::selected;
    candidate.prefer = config.prefer;
    candidate.trust = config.trust;
    candidate.require = config.require;
    candidate.noselect = config.noselect;
    candidate.banned = association->banned_until && mono < *association->banned_until;
    candidates.push_back(candidate);
  }
  Selection selection = core::select(candidates, config_.selection);
  for (std::size_t i = 0; i < all.size(); ++i) all[i]->verdict = selection.verdicts[i];
  return selection;
}

Reference Consensus::reference_for(const Selection& selection, const Associations& all,
                                   RawTime now) const {
  const Association& best = *all[selection.survivors.front()];
  const auto& last = best.track.last();
  Reference reference;
  reference.root_delay = last->root_delay + last->delay;
  // However long ago the best was asked: every survivor's sample confirms what they say together.
  Nanos age = best.track.age_dispersion(now);
  for (const std::size_t index : selection.survivors)
    age = std::min(age, all[index]->track.age_dispersion(now));
  reference.root_dispersion = best.track.root_distance(last->at) + age - reference.root_delay / 2;
  reference.stratum = last->stratum + 1;
  std::vector<Leap> indicators;
  for (const std::size_t index : selection.survivors)
    indicators.push_back(all[index]->track.last()->leap);
  reference.leap = leap_vote(indicators);
  reference.sources = selection.survivors.size();
  const ClockReading clocks = env_.clock.now();
  const auto agrees = [&](const auto& each) {
    return each->source.reachable() && each->track.has_claim() &&
           magnitude(each->track.claim(clocks.raw).estimate.offset_of(clocks)) <=
               config_.phase.panic;
  };
  reference.agreeing = static_cast<std::size_t>(std::ranges::count_if(all, agrees));
  reference.poll_interval = best.interval;
  return reference;
}

Nanos Consensus::disagreement(const Associations& all, const Estimate& believed, RawTime now) {
  Nanos farthest{0};
  for (const auto& each : all) {
    if (!takes_part(each->verdict.state) || !each->track.has_claim()) continue;
    const Nanos apart =
        magnitude(each->track.claim(now).estimate.phase_at(now) - believed.phase_at(now));
    farthest = std::max(farthest, apart + each->track.root_distance(now));
  }
  return farthest;
}

Movement Consensus::judge_move(const Association& association, const Associations& all,
                               bool any_offset) {
  if (!bank_.started() || association.track.dissents()) return {};
  const Sample& sample = *association.track.last();
  const DelayNoise& noise = association.track.last_noise();
  Surprise newest = bank_.foresee(association.path, sample, noise);
  newest.distance = to_seconds(association.track.root_distance(sample.at));
  const Movement found = moves_.judge(newest, voters(all), any_offset);
  remember_unconfirmed(found);
  check_lone_move(found, any_offset);
  const double since = to_seconds(sample.at - bank_.known_at());
  switch (found.kind) {
    case Movement::Kind::none:
      return found;
    case Movement::Kind::open:
      return found;
    case Movement::Kind::source:
      bank_.source_moved(found.source, found.by,
                         found.by_route ? std::optional(noise.route) : std::nullopt);
      break;
    case Movement::Kind::clock:
      bank_.clock_moved(found.by, since, noise.route == noise.from);
      take_up(association, all, found);
      break;
    case Movement::Kind::oscillator:
      bank_.oscillator_moved(found.frequency, found.sd_frequency);
      take_up(association, all, found);
      break;
  }
  share_frequency(all);
  return found;
}

std::vector<PathId> Consensus::voters(const Associations& all) const {
  std::vector<PathId> voters;
  const MonoTime now = env_.clock.now().mono;
  for (const auto& each : all) {
    const bool answers = each->source.reachable() && each->unanswered < kSilentPolls;
    const bool banned = each->banned_until && now < *each->banned_until;
    if (answers && each->track.has_claim() && !each->source.config().noselect && !banned)
      voters.push_back(each->path);
  }
  return voters;
}

// The samples that have shown a move belong to the time after it; the views of sources that have
// not answered since move along.
void Consensus::take_up(const Association& newest, const Associations& all, const Movement& found) {
  const RawTime before = bank_.known_at();
  std::vector<Association*> shown;
  for (const auto& each : all) {
    if (each.get() == &newest || !each->track.last()) continue;
    const bool alike = std::ranges::find(found.alike, each->path) != found.alike.end();
    if (alike)
      shown.push_back(each.get());
    else if (each->track.last()->at <= before)
      each->track.shift(from_seconds(found.by), std::abs(found.by) / 10);
  }
  std::ranges::sort(shown, {}, [](const Association* each) { return each->track.last()->at; });
  for (const Association* each : shown)
    bank_.add(each->path, *each->track.last(), each->track.last_noise());
}

void Consensus::share_frequency(const Associations& all) const {
  if (!bank_.started()) return;
  const Estimate common = bank_.estimate(env_.clock.now().raw);
  for (const auto& association : all)
    association->track.follow(common.frequency, std::sqrt(common.var_frequency), bank_.wander());
}

// What a lone source has shown, whether or not it has stayed there, it may show again.
void Consensus::remember_unconfirmed(const Movement& found) {
  if (unconfirmed_ && found.kind == Movement::Kind::none) ++unconfirmed_->calm;
  if (found.confirmed || !found.lone) return;
  const MonoTime now = env_.clock.now().mono;
  const Nanos size = from_seconds(std::abs(found.by));
  if (unconfirmed_) unconfirmed_->calm = 0;
  if (size >= unconfirmed(now)) unconfirmed_ = Unconfirmed{size, now};
}

Nanos Consensus::unconfirmed(MonoTime now) const {
  if (!unconfirmed_) return Nanos{0};
  if (unconfirmed_->calm < kCalmSamples) return unconfirmed_->size;
  const double age = to_seconds(now - unconfirmed_->since) / to_seconds(kUnconfirmedFor);
  return from_seconds(to_seconds(unconfirmed_->size) * std::clamp(2 - age, 0.0, 1.0));
}

Nanos Consensus::unexplained(MonoTime now) const {
  return std::max(bank_.unexplained(), unconfirmed(now));
}

Estimate Consensus::believe(const Association& association, const Associations& all,
                            const Selection& selection, bool unexplained) {
  const RawTime now = env_.clock.now().raw;
  // What all survivors show against their own past is for the spike judge to decide; the bank
  // waits.
  if (adopt_returned(selection, all)) return selection.combined;
  if (unexplained) return bank_.estimate(now);
  if (bank_.started())
    bank_.add(association.path, *association.track.last(), association.track.last_noise());
  if (!bank_.started()) restart(selection, all);
  if (!bank_.started()) return selection.combined;
  const Estimate believed = bank_.estimate(now);
  if (within_most(believed, selection, all, now)) return believed;
  report_breach(Invariant::outside_majority,
                "the estimate was " +
                    format_rounded(magnitude(believed.phase_at(now) - selection.combined.phase)) +
                    " away from what the majority shares, and has begun anew");
  // What the filters hold for the errors of the paths has led them there.
  bank_.forget_paths();
  restart(selection, all);
  return bank_.started() ? bank_.estimate(now) : selection.combined;
}

// Whatever the filters think, the truth lies within the intervals of the majority (RFC 5905 section
// 11.2.1). A near server that is wrong has a narrow one that lies within all others.
bool Consensus::within_most(const Estimate& believed, const Selection& selection,
                            const Associations& all, RawTime now) {
  const auto holds = [&](std::size_t index) {
    const SourceTrack& track = all[index]->track;
    const Estimate claim = track.claim(now).estimate;
    const Nanos apart = magnitude(believed.phase_at(now) - claim.phase_at(now));
    return apart <=
           track.root_distance(now) + from_seconds(kBoundDeviations * std::sqrt(claim.var_phase));
  };
  const auto held = std::ranges::count_if(selection.survivors, holds);
  return 2 * held > static_cast<std::ptrdiff_t>(selection.survivors.size());
}

// Survivors agree with each other: where only some dissent from their own past, that past was
// wrong. Returns whether all dissent.
bool Consensus::adopt_returned(const Selection& selection, const Associations& all) {
  const auto dissents = [&](std::size_t index) { return all[index]->track.dissents(); };
  if (std::ranges::all_of(selection.survivors, dissents)) return true;
  for (const std::size_t index : selection.survivors) all[index]->track.adopt_dissent();
  return false;
}

void Consensus::restart(const Selection& selection, const Associations& all) {
  bank_.start(selection.combined);
  moves_.clear();
  for (const std::size_t index : selection.survivors) {
    const Association& each = *all[index];
    if (bank_.started()) bank_.add(each.path, *each.track.last(), each.track.last_noise());
  }
}

void Consensus::hold_frequency(const DriftRecord& frequency, const Associations& all) {
  if (!bank_.started()) return;
  bank_.hold_frequency(to_ratio(frequency.frequency), to_ratio(frequency.uncertainty));
  share_frequency(all);
}

void Consensus::doubt(const ClockEvent& event, const Associations& all) {
  const RawTime now = env_.clock.now().raw;
  if (event.phase_shift != Nanos{0} || event.phase_sd > 0) {
    for (const auto& association : all) association->track.shift(event.phase_shift, event.phase_sd);
    if (bank_.started()) bank_.shift(event.phase_shift, event.phase_sd);
    moves_.clear();
  }
  if (event.frequency_sd <= 0) return;
  if (bank_.started()) bank_.doubt_frequency(now, event.frequency_sd);
  share_frequency(all);
}

void Consensus::forget(PathId path) {
  bank_.forget(path);
  moves_.forget(path);
}

std::optional<Nanos> Consensus::wanted_interval(const Association& association,
                                                const Estimate& believed) const {
  if (!bank_.started()) return std::nullopt;
  return core::wanted_interval(bank_.wander_to_expect(), association.track.last_noise().usual_sd(),
                               std::sqrt(believed.var_frequency));
}

void Consensus::check_frequency(FrequencyState state) {
  if (state == FrequencyState::beyond_limit)
    report_breach(Invariant::frequency_limit, "the base frequency is held at its limit");
}

// At a start there is nothing yet that a move could break.
void Consensus::check_lone_move(const Movement& found, bool any_offset) {
  const bool ours = found.kind == Movement::Kind::clock || found.kind == Movement::Kind::oscillator;
  if (!ours || !found.lone || found.confirmed || any_offset) return;
  const std::string moved =
      found.kind == Movement::Kind::clock
          ? "the clock has moved by " + format_rounded(from_seconds(found.by))
          : "the oscillator has changed by " + format(from_ratio(found.frequency));
  report_breach(Invariant::lone_move,
                "a lone source shows that " + moved + ", and no other can confirm it");
}

void Consensus::report_breach(Invariant which, const std::string& what) {
  if (!invariants_.broken(which, env_.clock.now().mono)) return;
  env_.observer.on_note(Severity::warning,
                        "invariant " + std::string(to_string(which)) + ": " + what);
}

}  // namespace slewd::core
