// SPDX-License-Identifier: Apache-2.0
#include "agent/core/engine.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "agent/core/sources/source_view.hpp"

namespace slewd::core {
namespace {

constexpr double kFastestClock = 5e-3;   // ratio, beyond which no clock runs away
constexpr double kShortestInterval = 1;  // s, over which a rate is seen
// A lone source that goes on to surprise is asked on, but not for ever.
constexpr std::size_t kUnsettled = 3;
constexpr std::size_t kMostUnsettled = 8;

constexpr Nanos kShortestPatience = std::chrono::seconds(2);
// For what clock readings cannot show: a frequency changed by less than 2 ppm, cleared flags.
constexpr Nanos kAskKernelEvery = std::chrono::minutes(1);
// While another thread compares the clocks: half of the poll interval, within these limits.
constexpr Nanos kShortestRest = kAskKernelEvery + std::chrono::seconds(1);
constexpr Nanos kLongestRest = std::chrono::seconds(512);
// From a change of the clock until the other thread's look has reported it.
constexpr Nanos kToldWithin = std::chrono::seconds(3);

}  // namespace

Engine::Engine(Env env, CoreConfig config, SnapshotBoard& board)
    : env_(std::move(env)),
      config_(std::move(config)),
      board_(board),
      discipline_({env_.clock, env_.driver, env_.timers, env_.drift, env_.observer, env_.plausible,
                   [this] { publish(); }},
                  config_),
      consensus_(env_, config_),
      sources_(env_, config_, discipline_, consensus_, *this),
      leaps_(env_, config_, discipline_, sources_, *this),
      jumps_(env_, config_, {discipline_, consensus_, sources_, leaps_, external_watch_, *this}) {}

Engine::~Engine() { stop_looking(); }

void Engine::restore_jumps(JumpView recorded, std::uint64_t last_id) {
  jumps_.restore(std::move(recorded), last_id);
}

void Engine::start() {
  started_ = env_.clock.now().boot;
  discipline_.start(env_.witnesses.look().discipliner);
  look_periodically();
  sources_.start();
}

void Engine::stop() {
  sources_.stop();
  stop_looking();
  leaps_.stop();
  discipline_.stop();
  publish();
}

void Engine::apply(CoreConfig config) {
  config_ = std::move(config);
  jumps_.apply();
  discipline_.apply(config_);
  leaps_.arm();
  sources_.apply();
  publish();
}

void Engine::on_datagram(const Datagram& datagram) {
  Association* const association = sources_.waiting_at(datagram.socket);
  if (association == nullptr) return;
  look_at_clocks();
  const bool denied = association->source.denied();
  const auto sample = association->source.on_reply(datagram, env_.plausible, env_.clock.now().wall);
  sources_.on_reply(*association);
  if (sample)
    on_sample(*association, *sample);
  else if (sample.error() == Reject::kiss)
    sources_.on_kiss(*association, denied);
  else if (sample.error() == Reject::implausible)
    sources_.log().on_implausible(*association,
                                  env_.plausible.refusal_of(*association->source.implausible()));
  publish();
}

void Engine::on_sample(Association& association, const Sample& sample) {
  sources_.on_answer(association);
  sources_.log().on_answer(association);
  if (leaps_.is_close(sample.at)) return;
  // That a source which was not followed is somewhere else is no reason to doubt.
  const bool followed = is_followed(association);
  const Finding found = judge(association, sample);
  const Selection selection = select_now(env_.clock.now().raw);
  if (selection.majority_lost) return on_no_majority(association, found);
  if (found.open() && followed) discipline_.doubt(found.size(), found.rate());
  const bool believed = std::ranges::any_of(selection.survivors, [&](std::size_t index) {
    return sources_.all()[index].get() == &association;
  });
  if (believed) return follow(association, selection, found);
  // A source that is not believed may still be consistent with itself: let its view settle.
  association.track.settle();
}

Engine::Finding Engine::judge(Association& association, const Sample& sample) {
  consensus_.share_frequency(sources_.all());
  const bool any_offset = discipline_.any_offset();
  const bool agreed = !association.track.dissents();
  association.track.add(sample, discipline_.spike_threshold(), any_offset);
  if (agreed && association.track.dissents()) {
    env_.witnesses.refresh_soon();
    if (!discipline_.fixed_interval()) sources_.ask_the_others();
  }
  const double interval = to_seconds(sample.at - consensus_.known_at());
  const Finding found{consensus_.judge_move(association, sources_.all(), any_offset)};
  ask_about(found.moved, association, interval);
  // A quick start ends once enough samples are explained.
  if (association.iburst_wanted > 0 && !found.open()) --association.iburst_wanted;
  return found;
}

double Engine::Finding::rate() const {
  return std::min(std::abs(moved.by) / std::max(moved.interval, kShortestInterval), kFastestClock);
}

void Engine::on_no_majority(Association& association, const Finding& found) {
  Nanos apart{0};
  if (const auto& estimate = discipline_.estimate())
    apart = Consensus::disagreement(sources_.all(), *estimate, env_.clock.now().raw);
  discipline_.doubt(std::max(found.size(), apart), found.rate());
  // Then it is decided, and not a long poll later.
  if (sources_.others_may_answer()) return sources_.ask_after_others(association);
  // When the oscillator itself has changed, each source is right and none fits its own past.
  association.track.settle();
  discipline_.on_majority_lost();
}

void Engine::follow(Association& association, const Selection& selection, const Finding& found) {
  const Phase phase = discipline_.phase();
  const Estimate believed =
      consensus_.believe(association, sources_.all(), selection, found.open());
  Reference reference = reference_for(selection, env_.clock.now().raw);
  if (selection.survivors.size() > 1) consensus_.confirm();
  reference.unexplained = consensus_.unexplained(env_.clock.now().mono);
  if (found.open()) reference.unexplained += found.size();
  // Whether it goes on moving, the next sample shows.
  if (found.open() || found.moved.kind == Movement::Kind::clock)
    reference.unexplained_rate = found.rate();
  reference.open = found.open();
  reference.oscillator =
      found.moved.kind == Movement::Kind::oscillator || association.track.dissents_as_oscillator();
  reference.host = jumps_.classifier().host_moved(env_.clock.now().mono);
  if (!reference.host) reference.host = leaps_.expected();
  reference.interval = std::max(selection.high - believed.phase, believed.phase - selection.low);
  const PhaseEvent event = discipline_.on_combined(believed, reference);
  consensus_.check_frequency(discipline_.frequency_state());
  if (const auto wanted = consensus_.wanted_interval(association, believed))
    sources_.polls().on_sample(discipline_.last_surprise(), *wanted);
  settle_dissent(event, selection);
  if (event == PhaseEvent::sample_good) jumps_.classifier().forget_host_move();
  if (event != PhaseEvent::sample_spike && discipline_.estimate())
    jumps_.size_open(*discipline_.estimate(), selection);
  // Whether it is a spike should be known in half a minute, not after the long polls of a calm
  // time.
  const bool spike_begins = phase != Phase::spike && discipline_.phase() == Phase::spike;
  if (spike_begins && !discipline_.fixed_interval()) sources_.ask_all_soon();
  // Who observes has no phase of its own for that.
  if (event == PhaseEvent::sample_spike && phase == Phase::observe) sources_.ask_often();
}

// What the newest answer has left open is asked of the servers.
void Engine::ask_about(const Movement& moved, const Association& association, double interval) {
  if (moved.kind == Movement::Kind::clock)
    sources_.look_closely(std::abs(moved.by) / std::max(interval, kShortestInterval));
  if (moved.kind != Movement::Kind::open) return;
  // That a falseticker is somewhere else is no news.
  if (association.verdict.state != SourceState::falseticker) sources_.ask_again();
  if (moved.lone && moved.surprises >= kUnsettled && moved.surprises <= kMostUnsettled)
    sources_.polls().quicken(1);
}

Selection Engine::select_now(RawTime now) {
  Selection selection = consensus_.select(sources_.all(), now);
  sources_.log().on_selection(sources_.all(), env_.clock.now().mono);
  leaps_.hear(now);
  jumps_.classifier().know_leaps(leaps_.dates());
  return selection;
}

Reference Engine::reference_for(const Selection& selection, RawTime now) const {
  Reference reference = consensus_.reference_for(selection, sources_.all(), now);
  reference.battery = jumps_.classifier().signs().host;
  return reference;
}

void Engine::settle_dissent(PhaseEvent event, const Selection& selection) {
  if (event == PhaseEvent::spike_refuted)
    for (const std::size_t index : selection.survivors)
      sources_.all()[index]->track.forget_dissent();
  if (event != PhaseEvent::spike_confirmed) return;
  std::optional<RawTime> shown;
  for (const std::size_t index : selection.survivors) {
    SourceTrack& track = sources_.all()[index]->track;
    const auto since = track.dissents_since();
    if (since && (!shown || *since < *shown)) shown = since;
    track.adopt_dissent();
  }
  const RawTime now = env_.clock.now().raw;
  const Selection again = select_now(now);
  if (again.survivors.empty()) return;
  consensus_.restart(again, sources_.all());
  Reference reference = reference_for(again, now);
  if (const auto& before = discipline_.estimate()) {
    const double moved = to_seconds(again.combined.phase_at(now) - before->phase_at(now));
    const double interval = std::max(to_seconds(now - before->at), kShortestInterval);
    reference.unexplained_rate = std::min(std::abs(moved) / interval, kFastestClock);
    sources_.look_closely(reference.unexplained_rate);
    jumps_.enter_confirmed(*before, again, shown);
  }
  discipline_.adopt(again.combined, reference);
}

std::optional<MonoTime> Engine::silent_from() const {
  const auto last = discipline_.last_heard();
  if (!last) return std::nullopt;
  Nanos longest = kSilentPolls * std::max(sources_.polls().range().minimum, kShortestPatience);
  for (const auto& association : sources_.all())
    if (association->track.has_claim() && !association->source.denied())
      longest = std::max(longest, kSilentPolls * association->interval);
  return *last + longest;
}

void Engine::check_missing_updates(MonoTime now) {
  const auto silent = silent_from();
  if (!silent || now <= *silent) return;
  // All are asked soon after a disturbance: one that has been asked only once or twice since may
  // still answer, however long ago the last answer was.
  const bool may_answer = std::ranges::any_of(sources_.all(), [](const auto& association) {
    return is_followed(*association) && !association->source.denied() &&
           association->unanswered < kSilentPolls;
  });
  if (may_answer) return;
  if (const auto held = discipline_.on_updates_missing())
    consensus_.hold_frequency(*held, sources_.all());
}

void Engine::on_clock_set() { look({.clocks = env_.clock.now(), .notified = true}, Ask::kernel); }

void Engine::on_sign() { look({.clocks = env_.clock.now()}, Ask::kernel); }

void Engine::rely_on_witnesses(bool others_look) {
  others_look_ = others_look;
  publish();
}

void Engine::look_periodically() {
  look_timer_.reset();
  const ClockReading now = env_.clock.now();
  const Nanos overrun = look_due_ ? now.mono - *look_due_ : Nanos{0};
  look({.clocks = now, .overrun = overrun}, Ask::if_in_doubt);
  look_at(now.mono + pace());
}

void Engine::look(const ClockLook& look, Ask ask) {
  const ClockReading& now = look.clocks;
  const std::uint64_t events = jumps_.last_id();
  jumps_.look(look);
  const bool doubted = external_watch_.doubts(now, discipline_.programmed()) ||
                       ask == Ask::kernel || jumps_.last_id() != events;
  const bool asked = doubted || !kernel_ || now.raw - last_read_back_ >= kAskKernelEvery;
  if (asked) kernel_ = env_.driver.read_back();
  const Result<KernelReadback>* const kernel = asked ? &*kernel_ : nullptr;
  const Phase phase = discipline_.phase();
  const bool external = external_watch_.view().detected;
  // What a look has reported was not there at the look before, whichever thread made that.
  const RawTime before = now.raw - (config_.jumps.look_every + kToldWithin);
  look_for_others(now, kernel, doubted ? std::max(last_read_back_, before) : last_read_back_);
  if (asked) last_read_back_ = now.raw;
  discipline_.look(now, kernel);
  check_missing_updates(now.mono);
  if (phase == Phase::observe) log_external();
  const bool changed = discipline_.phase() != phase || external_watch_.view().detected != external;
  if (asked || changed || now.mono - published_ >= kPublishEvery) publish(now);
}

void Engine::look_for_others(const ClockReading& now, const Result<KernelReadback>* kernel,
                             RawTime not_before) {
  const auto found =
      external_watch_.look(now, kernel, jumps_.classifier().signs(), discipline_.programmed());
  if (found) {
    ClockEvent event = *event_of(found->signs, now, now.raw - not_before);
    event.size = found->adjtime;
    event.rate_change = found->rate_change;
    jumps_.enter(event, not_before);
    discipline_.on_external(*found, now.mono);
  }
  discipline_.on_other(external_watch_.process());
  if (external_watch_.steps_again_and_again(now.mono)) discipline_.on_stepper();
  const bool observed = discipline_.phase() == Phase::observe;
  if (!external_watch_.view().detected) discipline_.on_quiet();
  if (observed && discipline_.phase() != Phase::observe) sources_.ask_all_soon();
}

void Engine::log_external() {
  const ExternalView& view = external_watch_.view();
  const std::string who = view.detected ? view.who : std::string();
  if (who == logged_external_) return;
  if (who.empty())
    env_.observer.on_note(Severity::info, "no other program steers this clock any more");
  else
    env_.observer.on_note(Severity::info, "another program steers this clock: " + who);
  logged_external_ = who;
}

Nanos Engine::pace() const {
  const Nanos each = config_.jumps.look_every;
  const bool kernel_tells = kernel_ && kernel_->has_value();
  const bool at_rest = others_look_ && kernel_tells && !discipline_.programmed().single_shot &&
                       !discipline_.awaits_beat() && !jumps_.classifier().waits();
  if (!at_rest) return each;
  Nanos rest = kLongestRest;
  for (const auto& association : sources_.all()) rest = std::min(rest, association->interval / 2);
  rest = std::max({rest, kShortestRest, each});
  // Silence is noticed in time.
  const Phase phase = discipline_.phase();
  const auto silent = silent_from();
  if (!silent || next_phase(phase, PhaseEvent::updates_missing) == phase) return rest;
  return std::clamp(*silent - env_.clock.now().mono, each, rest);
}

void Engine::look_by(MonoTime due) {
  if (!look_timer_ || *look_due_ <= due) return;
  env_.timers.cancel(*look_timer_);
  look_at(due);
}

void Engine::look_at(MonoTime due) {
  look_due_ = due;
  look_timer_ = env_.timers.at(due, [this] { look_periodically(); });
}

void Engine::stop_looking() {
  if (look_timer_) env_.timers.cancel(*look_timer_);
  look_timer_.reset();
}

void Engine::look_at_clocks() { jumps_.look({.clocks = env_.clock.now()}); }

void Engine::on_leap(ClockEvent event) { jumps_.take_in(std::move(event)); }

Result<PlannedStep> Engine::step_to_true(Nanos announced, MonoTime not_after) {
  // Another program may have set the clock since: then the offset is another one.
  look_at_clocks();
  Result<PlannedStep> done = discipline_.step_to_true(announced, not_after);
  look_at_clocks();
  publish();
  return done;
}

void Engine::use_leap_list(std::optional<LeapList> list) {
  leaps_.use_list(std::move(list));
  publish();
}

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
  snapshot->poll_range = sources_.polls().range();
  snapshot->majority_lost = discipline_.majority_lost();
  snapshot->clock = discipline_.clock_view(now);
  snapshot->clock.leap_implausible = leaps_.is_implausible(snapshot->clock.leap, now.raw);
  if (!snapshot->majority_lost) snapshot->estimate = discipline_.estimate();
  snapshot->planned_leap = leaps_.view();
  snapshot->tai = leaps_.tai();
  snapshot->phase = discipline_.phase_view();
  snapshot->alarm = discipline_.alarm();
  if (kernel_ && *kernel_) snapshot->kernel = **kernel_;
  for (const auto& line : sources_.lines()) {
    for (const auto& association : sources_.all())
      if (association->line == line)
        snapshot->sources.push_back(view_of(*association, now, env_.plausible));
    if (!line->reason.empty()) snapshot->sources.push_back(view_of(*line));
  }
  snapshot->jumps = jumps_.view();
  snapshot->external = external_watch_.view();
  snapshot->disruption_announced = jumps_.classifier().signs().disruption_announced;
  snapshot->disruptions = jumps_.classifier().disruptions();
  snapshot->offsets = discipline_.offsets();
  snapshot->offset_history = discipline_.history();
  snapshot->adjustments = discipline_.adjustments();
  snapshot->invariants = consensus_.breaches();
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

}  // namespace slewd::core
