// The part of Engine that finds out what has moved when a sample is not where it was foretold, and
// has the filters follow it.
#include <algorithm>
#include <cmath>

#include "agent/core/engine.hpp"

namespace slewd::core {
namespace {

constexpr int kQuickPolls = 2;  // of each source, to see what has moved
constexpr int kMorePolls = 7;   // to see whether it moves on
// A lone source that goes on to surprise is asked on, but not for ever.
constexpr std::size_t kUnsettled = 3;
constexpr std::size_t kMostUnsettled = 8;
constexpr double kFast = 50e-6;      // ratio: a move that may be an oscillator's
constexpr double kQuickSpacing = 1;  // s
constexpr Nanos kLookAgainSpacing = std::chrono::minutes(1);
constexpr Nanos kAskAgainSpacing = std::chrono::minutes(5);
// For so long the bound holds what a lone source has shown and no other has confirmed, and as long
// again ever less of it.
constexpr Nanos kUnconfirmedFor = std::chrono::hours(1);
constexpr int kCalmSamples = 12;  // in a row as foretold, before any of it is let go

}  // namespace

// All sources measure one oscillator: what the bank knows of it carries the level of each.
void Engine::share_frequency() {
  if (!bank_.started()) return;
  const Estimate common = bank_.estimate(env_.clock.now().raw);
  for (const auto& association : associations_)
    association->track.follow(common.frequency, std::sqrt(common.var_frequency), bank_.wander());
}

std::vector<PathId> Engine::voters() const {
  std::vector<PathId> all;
  const MonoTime now = env_.clock.now().mono;
  for (const auto& each : associations_) {
    const bool answers = each->source.reachable() && each->unanswered < kSilentPolls;
    const bool banned = each->banned_until && now < *each->banned_until;
    if (answers && each->track.has_claim() && !each->source.config().noselect && !banned)
      all.push_back(each->path);
  }
  return all;
}

Movement Engine::judge_move(const Association& association) {
  if (!bank_.started() || association.track.dissents()) return {};
  const Sample& sample = *association.track.last();
  const DelayNoise& noise = association.track.last_noise();
  Surprise newest = bank_.foresee(association.path, sample, noise);
  newest.distance = to_seconds(association.track.root_distance(sample.at));
  const Movement found = moves_.judge(newest, voters(), discipline_.any_offset());
  remember_unconfirmed(found);
  check_lone_move(found);
  const double since = to_seconds(sample.at - bank_.known_at());
  switch (found.kind) {
    case Movement::Kind::none:
      return found;
    case Movement::Kind::open:
      // That a falseticker is somewhere else is no news.
      if (association.verdict.state != SourceState::falseticker) ask_again();
      if (found.lone && found.surprises >= kUnsettled && found.surprises <= kMostUnsettled)
        polls_.quicken(1);
      return found;
    case Movement::Kind::source:
      bank_.source_moved(found.source, found.by,
                         found.by_route ? std::optional(noise.route) : std::nullopt);
      break;
    case Movement::Kind::clock:
      bank_.clock_moved(found.by, since, noise.route == noise.from);
      look_closely(std::abs(found.by) / std::max(since, kQuickSpacing));
      take_up(association, found);
      break;
    case Movement::Kind::oscillator:
      bank_.oscillator_moved(found.frequency, found.sd_frequency);
      take_up(association, found);
      break;
  }
  share_frequency();
  return found;
}

// The samples that have shown a move belong to the time after it; the views of sources that have
// not answered since move along.
void Engine::take_up(const Association& newest, const Movement& found) {
  const RawTime before = bank_.known_at();
  std::vector<Association*> shown;
  for (const auto& each : associations_) {
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

// What a lone source has shown, whether or not it has stayed there, it may show again.
void Engine::remember_unconfirmed(const Movement& found) {
  if (unconfirmed_ && found.kind == Movement::Kind::none) ++unconfirmed_->calm;
  if (found.confirmed || !found.lone) return;
  const MonoTime now = env_.clock.now().mono;
  const Nanos size = from_seconds(std::abs(found.by));
  if (unconfirmed_) unconfirmed_->calm = 0;
  if (size >= unconfirmed(now)) unconfirmed_ = Unconfirmed{size, now};
}

Nanos Engine::unconfirmed(MonoTime now) const {
  if (!unconfirmed_) return Nanos{0};
  if (unconfirmed_->calm < kCalmSamples) return unconfirmed_->size;
  const double age = to_seconds(now - unconfirmed_->since) / to_seconds(kUnconfirmedFor);
  return from_seconds(to_seconds(unconfirmed_->size) * std::clamp(2 - age, 0.0, 1.0));
}

// Whether what has moved at `rate` moves on.
void Engine::look_closely(double rate) {
  const MonoTime now = env_.clock.now().mono;
  if (rate < kFast || (looked_closely_ && now - *looked_closely_ < kLookAgainSpacing)) return;
  looked_closely_ = now;
  polls_.quicken(kMorePolls * static_cast<int>(associations_.size()));
}

// Several quick answers of each source show whether it was one packet, one source, or this machine,
// and at which rate it goes on.
void Engine::ask_again() {
  if (discipline_.fixed_interval()) return;
  const MonoTime now = env_.clock.now().mono;
  const Nanos spacing = associations_.size() > 1 ? kLookAgainSpacing : kAskAgainSpacing;
  if (asked_again_ && now - *asked_again_ < spacing) return;
  asked_again_ = now;
  asked_the_others_ = now;
  polls_.quicken(kQuickPolls * static_cast<int>(associations_.size()));
  poll_everyone_soon();
}

}  // namespace slewd::core
