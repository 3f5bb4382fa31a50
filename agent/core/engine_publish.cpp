// The part of Engine that draws the Snapshot.
#include "agent/core/engine.hpp"

namespace slewd::core {

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
  snapshot->clock = discipline_.clock_view(now);
  snapshot->estimate = discipline_.estimate();
  snapshot->planned_leap = leap_view();
  if (leap_list_) snapshot->tai = TaiView{tai_offset_, leap_list_->expires};
  snapshot->phase = discipline_.phase_view();
  snapshot->alarm = discipline_.alarm();
  if (kernel_ && *kernel_) snapshot->kernel = **kernel_;
  snapshot->sources.reserve(associations_.size());
  for (const auto& association : associations_)
    snapshot->sources.push_back(view_of(*association, now));
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

SourceView Engine::view_of(const Association& association, const ClockReading& now) const {
  const Source& source = association.source;
  SourceView view;
  view.name = association.name;
  view.address = association.address;
  view.refid = association.refid;
  view.state = association.verdict.state;
  view.reason =
      source.denied() ? "the server refuses us (kiss DENY or RSTR)" : association.verdict.reason;
  if (const auto told = source.implausible()) view.reason = env_.plausible.refusal_of(*told);
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
