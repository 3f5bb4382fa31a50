// The part of Engine that draws the Snapshot.
#include "agent/core/engine.hpp"
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
  if (source.denied()) return "the server refuses us (kiss DENY or RSTR)";
  if (verdict.state == SourceState::noselect && source.reachable()) return verdict.reason;
  if (!source.reachable()) return silence_of(source);
  if (!association.track.has_claim()) return "answers; its samples do not count yet";
  if (association.unanswered <= kSilentPolls || !association.track.last()) return verdict.reason;
  const Nanos since = now.raw - association.track.last()->at;
  return verdict.reason + "; no sample for " + format_rounded(since) + ": " + silence_of(source);
}

}  // namespace

void Engine::publish() { publish(env_.clock.now()); }

void Engine::publish(const ClockReading& now) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = ++generation_;
  snapshot->taken = now;
  snapshot->published = now.mono;
  snapshot->started = started_;
  snapshot->mode = config_.mode;
  snapshot->synchronized_bound = config_.synchronized_bound;
  snapshot->steering = discipline_.steering();
  if (!snapshot->steering) snapshot->observe_reason = discipline_.observe_reason();
  snapshot->poll_range = polls_.range();
  snapshot->majority_lost = discipline_.majority_lost();
  snapshot->clock = discipline_.clock_view(now);
  snapshot->clock.leap_implausible = leap_is_implausible(snapshot->clock.leap, now.raw);
  if (!snapshot->majority_lost) snapshot->estimate = discipline_.estimate();
  snapshot->planned_leap = leap_view();
  if (leap_list_) snapshot->tai = TaiView{tai_offset_, leap_list_->expires};
  snapshot->phase = discipline_.phase_view();
  snapshot->alarm = discipline_.alarm();
  if (kernel_ && *kernel_) snapshot->kernel = **kernel_;
  for (const auto& line : lines_) {
    for (const auto& association : associations_)
      if (association->line == line) snapshot->sources.push_back(view_of(*association, now));
    if (!line->reason.empty()) snapshot->sources.push_back(view_of(*line));
  }
  snapshot->jumps = jump_view_;
  snapshot->foreign = foreign_.view();
  snapshot->disruption_announced = jumps_.signs().disruption_announced;
  snapshot->disruptions = jumps_.disruptions();
  snapshot->offsets = discipline_.offsets();
  snapshot->offset_history = discipline_.history();
  snapshot->adjustments = discipline_.adjustments();
  snapshot->invariants = invariants_.counts();
  snapshot->step_offer = discipline_.step_offer(now);
  const Nanos rest = pace();
  snapshot->due = now.mono + std::max(rest, kPublishEvery);
  board_.publish(std::move(snapshot));
  published_ = now.mono;
  const Programmed programmed = discipline_.programmed();
  env_.witnesses.expect(programmed.single_shot ? std::nullopt : programmed.total,
                        programmed.changes);
  look_by(now.mono + rest);  // what is shown may have ended the calm
}

// Of a line without a server, or with fewer than it may have for want of places.
SourceView Engine::view_of(const SourceLine& line) const {
  SourceView view;
  view.name = line.config.name;
  view.state = SourceState::unreachable;
  view.reason = line.reason;
  return view;
}

SourceView Engine::view_of(const Association& association, const ClockReading& now) const {
  const Source& source = association.source;
  SourceView view;
  view.name = association.name;
  view.address = association.address;
  view.refid = association.refid;
  view.state = association.verdict.state;
  if (!source.reachable() && view.state != SourceState::noselect)
    view.state = SourceState::unreachable;
  view.reason = reason_of(association, now);
  if (const auto stamp = source.implausible()) view.reason = env_.plausible.refusal_of(*stamp);
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
