// The part of Engine that asks all sources together: whom to believe, and what stands behind it.
#include <algorithm>
#include <utility>
#include <vector>

#include "agent/core/engine.hpp"
#include "agent/core/leap_second.hpp"
#include "agent/core/leap_vote.hpp"
#include "base/duration.hpp"

namespace slewd::core {
namespace {

bool takes_part(SourceState state) {
  return state == SourceState::selected || state == SourceState::combined ||
         state == SourceState::candidate || state == SourceState::falseticker;
}

// The newest poll counts once an answer would come too late to be believed.
bool is_silent(const Association& association, MonoTime now) {
  const bool may_answer = association.source.awaiting() && association.polled &&
                          now - *association.polled <= association.source.config().max_delay;
  return association.unanswered - (may_answer ? 1 : 0) >= kSilentPolls;
}

}  // namespace

Selection Engine::select_now(RawTime now) {
  const MonoTime mono = env_.clock.now().mono;
  std::vector<Candidate> candidates;
  for (const auto& association : associations_) {
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
  Selection selection = select(candidates, config_.selection);
  for (std::size_t i = 0; i < associations_.size(); ++i)
    associations_[i]->verdict = selection.verdicts[i];
  tell_selected();
  tell_dependence();
  watch_leap(now);
  plan_leap(now);
  return selection;
}

void Engine::ban(std::string_view source, Nanos duration) {
  const bool liars = source == kFalsetickers;
  const MonoTime until = env_.clock.now().mono + duration;
  std::string banned;
  for (const auto& association : associations_) {
    const bool meant = liars ? association->verdict.state == SourceState::falseticker
                             : association->name == source || association->address == source;
    if (!meant) continue;
    association->banned_until = until;
    banned += (banned.empty() ? "" : ", ") + association->name;
  }
  env_.observer.on_note(Severity::warning,
                        banned.empty() ? "no source to ban: " + std::string(source)
                                       : "banned for " + slewd::format(duration) + ": " + banned);
}

void Engine::hold_over(Nanos duration) {
  const MonoTime until = env_.clock.now().mono + duration;
  for (const auto& association : associations_) association->banned_until = until;
  env_.observer.on_note(Severity::warning, "no source is heard for " + slewd::format(duration));
}

// Once for each source, until a sample of it is believed.
void Engine::tell_implausible(Association& association) {
  if (std::exchange(association.implausible_told, true)) return;
  env_.observer.on_note(Severity::warning,
                        "source " + association.name + ": " +
                            env_.plausible.refusal_of(*association.source.implausible()));
}

void Engine::watch_leap(RawTime now) {
  const auto truth = true_time(now);
  if (!truth) return;
  doubt_announced_leap(*truth);
  if (!leap_may_be_near(*truth, config_.leap.months)) {
    leaps_ = LeapWatch();
    return;
  }
  std::vector<LeapWord> words;
  for (const auto& association : associations_) {
    LeapWord word{.name = association->name, .selectable = takes_part(association->verdict.state)};
    if (const auto& last = association->track.last()) {
      word.leap = last->leap;
      word.heard = *true_time(last->at);
    }
    words.push_back(std::move(word));
  }
  const LeapWatch::Finding found = leaps_.look(words, *truth, config_.leap.months);
  for (std::size_t i = 0; i < words.size(); ++i)
    if (!found.reasons[i].empty()) associations_[i]->verdict.reason += "; " + found.reasons[i];
  if (!found.note.empty()) env_.observer.on_note(Severity::warning, found.note);
}

// On the day after, a server may announce it still.
bool Engine::is_implausible_leap(WallTime truth) const {
  const auto& months = config_.leap.months;
  return !month_can_leap(truth, months) && !leap_may_be_near(truth, months);
}

// An announcement holds for the month in which it is heard (RFC 5905 section 7.3).
void Engine::doubt_announced_leap(WallTime truth) {
  if (!is_implausible_leap(truth)) return;
  std::string names;
  for (const auto& association : associations_) {
    const auto& last = association->track.last();
    const bool announces = last && (last->leap == Leap::insert || last->leap == Leap::erase);
    if (!announces || !takes_part(association->verdict.state)) continue;
    association->verdict.reason += "; announces a leap second, implausible in this month";
    names += (names.empty() ? "" : ", ") + association->name;
  }
  const WallTime end = month_end(truth);
  if (names.empty() || implausible_leap_ == end) return;
  implausible_leap_ = end;
  env_.observer.on_note(Severity::warning, "an implausible leap second is announced by " + names +
                                               " and ignored: this month is none of leap_months");
}

Nanos Engine::disagreement(RawTime now) const {
  Nanos farthest{0};
  const auto& believed = discipline_.estimate();
  if (!believed) return farthest;
  for (const auto& each : associations_) {
    if (!takes_part(each->verdict.state) || !each->track.has_claim()) continue;
    const Nanos apart =
        magnitude(each->track.claim(now).estimate.phase_at(now) - believed->phase_at(now));
    farthest = std::max(farthest, apart + each->track.root_distance(now));
  }
  return farthest;
}

Reference Engine::reference_for(const Selection& selection, RawTime now) const {
  const Association& best = *associations_[selection.survivors.front()];
  const auto& last = best.track.last();
  Reference reference;
  reference.root_delay = last->root_delay + last->delay;
  // However long ago the best was asked: every survivor's sample confirms what they say together.
  Nanos age = best.track.age_dispersion(now);
  for (const std::size_t index : selection.survivors)
    age = std::min(age, associations_[index]->track.age_dispersion(now));
  reference.root_dispersion = best.track.root_distance(last->at) + age - reference.root_delay / 2;
  reference.stratum = last->stratum + 1;
  std::vector<Leap> indicators;
  for (const std::size_t index : selection.survivors)
    indicators.push_back(associations_[index]->track.last()->leap);
  reference.leap = leap_vote(indicators);
  reference.sources = selection.survivors.size();
  reference.battery = jumps_.signs().host;
  const ClockReading clocks = env_.clock.now();
  const auto agrees = [&](const auto& each) {
    return each->source.reachable() && each->track.has_claim() &&
           magnitude(each->track.claim(clocks.raw).estimate.offset_of(clocks)) <=
               config_.phase.panic;
  };
  reference.agreeing = static_cast<std::size_t>(std::ranges::count_if(associations_, agrees));
  reference.poll_interval = best.interval;
  return reference;
}

}  // namespace slewd::core
