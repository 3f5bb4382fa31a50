#include "agent/core/engine.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/core/error_bound.hpp"
#include "base/duration.hpp"
#include "base/limits.hpp"

namespace slewd::core {
namespace {

constexpr int kBurstPolls = 6;
constexpr Nanos kBurstSpacing = std::chrono::seconds(16);
constexpr double kFastestClock = 5e-3;   // ratio, beyond which no clock runs away
constexpr double kShortestInterval = 1;  // s, over which a rate is seen
constexpr Nanos kAskOthersSpacing = std::chrono::minutes(10);
constexpr Nanos kOthersAnswerWithin = std::chrono::seconds(5);
constexpr double kJitter =
    0.02;  // of the interval, never shorter: keeps clients from asking in step

}  // namespace

Engine::Engine(Env env, CoreConfig config, SnapshotBoard& board)
    : env_(std::move(env)),
      config_(std::move(config)),
      board_(board),
      discipline_({env_.clock, env_.driver, env_.timers, env_.drift, env_.observer, env_.plausible,
                   [this] { publish(); }},
                  config_),
      jumps_(config_.jumps),
      polls_(config_.poll) {}

Engine::~Engine() { let_go(); }

void Engine::let_go() {
  for (const auto& association : associations_) remove_association(*association);
  associations_.clear();
  drop_lines();
  if (network_timer_) env_.timers.cancel(*network_timer_);
  network_timer_.reset();
  if (look_timer_) env_.timers.cancel(*look_timer_);
  look_timer_.reset();
  if (leap_timer_) env_.timers.cancel(*leap_timer_);
  leap_timer_.reset();
}

void Engine::start() {
  started_ = env_.clock.now().boot;
  discipline_.start(env_.witnesses.look().discipliner);
  look_periodically();
  add_sources();
}

void Engine::stop() {
  let_go();
  discipline_.stop();
  publish();
}

PollRange Engine::set_poll_range(PollRange wanted) {
  const PollRange outer = config_.poll;
  const Nanos minimum = std::clamp(wanted.minimum, outer.minimum, outer.maximum);
  polls_.set_range({minimum, std::clamp(wanted.maximum, minimum, outer.maximum)});
  poll_everyone_soon();
  publish();
  return polls_.range();
}

void Engine::burst() {
  ask_denied();
  ask_often();
}

void Engine::ask_often() {
  // A program that sets the clock again and again must not make us flood the servers, nor push
  // every poll ahead for ever.
  const MonoTime now = env_.clock.now().mono;
  if (last_burst_ && now - *last_burst_ < kBurstSpacing) return;
  last_burst_ = now;
  polls_.burst(kBurstPolls * static_cast<int>(std::max<std::size_t>(associations_.size(), 1)));
  poll_everyone_soon();
}

Nanos Engine::jittered(Nanos interval) {
  // 53 random bits make a double in [0, 1).
  const double unit = static_cast<double>(env_.entropy.next() >> 11) * 0x1p-53;
  return from_seconds(to_seconds(interval) * (1 + kJitter * unit));
}

void Engine::schedule(Association& association, Nanos interval) {
  association.interval = interval;
  wake_after(association, interval);
}

void Engine::wake_after(Association& association, Nanos wait) {
  if (association.timer) env_.timers.cancel(*association.timer);
  association.timer = env_.timers.at(env_.clock.now().mono + wait, [this, &association] {
    association.timer.reset();
    const Nanos rest = association.budget->until_room(env_.clock.now().raw, least_interval());
    if (rest > Nanos{0} && !discipline_.fixed_interval()) return wake_after(association, rest);
    poll(association);
  });
}

void Engine::close_socket(Association& association) {
  if (association.socket) env_.network.close(*association.socket);
  association.socket.reset();
}

void Engine::poll(Association& association) {
  look_at_clocks({.clocks = env_.clock.now()});
  seek_replacement(association);
  close_socket(association);
  const MonoTime now = env_.clock.now().mono;
  if (association.unanswered > 0 || association.source.requests() == 0) {
    if (!association.silent_since) association.silent_since = now;
    ++association.misses;
  }
  association.budget->spend(env_.clock.now().raw, association.kind, least_interval());
  const Nanos interval = next_interval(association);
  ++association.unanswered;
  tell_lost();
  association.polled = now;
  const auto request = association.source.begin_poll(env_.entropy.next(), interval);
  const Result<SocketId> socket = env_.network.open_client(association.endpoint);
  if (socket) {
    association.socket = *socket;
    const Result<RawTime> left = env_.network.send(*socket, request);
    if (left)
      association.source.sent(*left);
    else
      close_socket(association);
  }
  if (!association.socket) association.budget->take_back();
  schedule(association, interval);
  publish();
}

void Engine::on_datagram(const Datagram& datagram) {
  const auto found = std::ranges::find_if(
      associations_, [&](const auto& each) { return each->socket == datagram.socket; });
  if (found == associations_.end()) return;
  look_at_clocks({.clocks = env_.clock.now()});
  Association& association = **found;
  const bool denied = association.source.denied();
  const auto sample = association.source.on_reply(datagram, env_.plausible, env_.clock.now().wall);
  association.refid = format_refid(association.source.refid(), association.source.stratum());
  if (!association.source.awaiting()) close_socket(association);
  if (sample)
    on_sample(association, *sample);
  else if (sample.error() == Reject::kiss)
    on_kiss(association, denied);
  else if (sample.error() == Reject::implausible)
    tell_implausible(association);
  publish();
}

void Engine::on_sample(Association& association, const Sample& sample) {
  association.implausible_told = false;
  on_first_answer(association);
  tell_found(association);
  if (leap_is_close(sample.at)) return;
  const Phase phase = discipline_.phase();
  share_frequency();
  const bool any_offset = discipline_.any_offset();
  const bool agreed = !association.track.dissents();
  association.track.add(sample, discipline_.spike_threshold(), any_offset);
  if (agreed && association.track.dissents()) {
    env_.witnesses.refresh_soon();
    if (!discipline_.fixed_interval()) ask_the_others();
  }

  // That a source which was not followed is somewhere else is no reason to doubt.
  const bool followed = is_followed(association);
  const Movement moved = judge_move(association);
  const bool open = moved.kind == Movement::Kind::open;
  // A quick start ends once enough samples are explained.
  if (association.iburst_wanted > 0 && !open) --association.iburst_wanted;
  const Selection selection = select_now(env_.clock.now().raw);
  Nanos unexplained = from_seconds(std::abs(moved.by));
  if (selection.majority_lost)
    unexplained = std::max(unexplained, disagreement(env_.clock.now().raw));
  const double unexplained_rate =
      std::min(std::abs(moved.by) / std::max(moved.interval, kShortestInterval), kFastestClock);
  const bool doubtful = (open && followed) || selection.majority_lost;
  if (doubtful) discipline_.doubt(unexplained, unexplained_rate);
  if (selection.majority_lost) {
    if (others_may_answer()) {
      // Then it is decided, and not a long poll later.
      ask_soon(association, kOthersAnswerWithin);
      return;
    }
    // When the oscillator itself has changed, each source is right and none fits its own past.
    association.track.settle();
    return discipline_.on_majority_lost();
  }
  const bool heard = std::ranges::any_of(selection.survivors, [&](std::size_t index) {
    return associations_[index].get() == &association;
  });
  if (!heard) {
    // A source that nobody believes may still be consistent with itself: let its view settle.
    association.track.settle();
    return;
  }
  const Estimate believed = believe(association, selection, open);
  Reference reference = reference_for(selection, env_.clock.now().raw);
  if (selection.survivors.size() > 1) unconfirmed_.reset();
  reference.unexplained = std::max(bank_.unexplained(), unconfirmed(env_.clock.now().mono));
  reference.open = open;
  reference.oscillator =
      moved.kind == Movement::Kind::oscillator || association.track.dissents_as_oscillator();
  if (open) reference.unexplained += unexplained;
  // Whether it goes on moving, the next sample shows.
  if (open || moved.kind == Movement::Kind::clock) reference.unexplained_rate = unexplained_rate;
  reference.host = jumps_.host_moved(env_.clock.now().mono);
  if (!reference.host) reference.host = expected_leap();
  reference.interval = std::max(selection.high - believed.phase, believed.phase - selection.low);
  const PhaseEvent event = discipline_.on_combined(believed, reference);
  check_frequency();
  if (bank_.started())
    polls_.on_sample(
        discipline_.last_surprise(),
        wanted_interval(bank_.wander_to_expect(), association.track.last_noise().usual_sd(),
                        std::sqrt(believed.var_frequency)));
  settle_dissent(event, selection);
  if (event == PhaseEvent::sample_good) jumps_.forget_host_move();
  if (event != PhaseEvent::sample_spike && discipline_.estimate())
    size_open(*discipline_.estimate(), selection.survivors.size());
  // Whether it is a spike should be known in half a minute, not after the long polls of a calm
  // time.
  const bool spike_begins = phase != Phase::spike && discipline_.phase() == Phase::spike;
  if (spike_begins && !discipline_.fixed_interval()) poll_everyone_soon();
  // Who observes has no phase of its own for that.
  if (event == PhaseEvent::sample_spike && phase == Phase::observe) ask_often();
}

// A move of this clock that nobody has told of shows in each source when its turn comes. Asked at
// different times, they seem to contradict each other.
void Engine::ask_the_others() {
  const MonoTime now = env_.clock.now().mono;
  if (asked_the_others_ && now - *asked_the_others_ < kAskOthersSpacing) return;
  asked_the_others_ = now;
  poll_everyone_soon();
}

bool Engine::others_may_answer() const {
  return asked_the_others_ && env_.clock.now().mono - *asked_the_others_ < kOthersAnswerWithin;
}

Estimate Engine::believe(const Association& association, const Selection& selection,
                         bool unexplained) {
  const RawTime now = env_.clock.now().raw;
  // What all survivors show against their own past is for the spike judge to decide; the bank
  // waits.
  if (adopt_returned(selection)) return selection.combined;
  if (unexplained) return bank_.estimate(now);
  if (bank_.started())
    bank_.add(association.path, *association.track.last(), association.track.last_noise());
  if (!bank_.started()) restart_bank(selection);
  if (!bank_.started()) return selection.combined;
  const Estimate believed = bank_.estimate(now);
  if (within_most(believed, selection, now)) return believed;
  tell_breach(Invariant::outside_majority,
              "the estimate was " +
                  format_rounded(magnitude(believed.phase_at(now) - selection.combined.phase)) +
                  " away from what the majority shares, and has begun anew");
  // What the filters hold for the errors of the paths has led them there.
  bank_.forget_paths();
  restart_bank(selection);
  return bank_.started() ? bank_.estimate(now) : selection.combined;
}

// Whatever the filters think, the truth lies within the intervals of the majority (RFC 5905 section
// 11.2.1). A near server that is wrong has a narrow one that lies within all others.
bool Engine::within_most(const Estimate& believed, const Selection& selection, RawTime now) const {
  const auto holds = [&](std::size_t index) {
    const SourceTrack& track = associations_[index]->track;
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
bool Engine::adopt_returned(const Selection& selection) {
  const auto dissents = [&](std::size_t index) { return associations_[index]->track.dissents(); };
  if (std::ranges::all_of(selection.survivors, dissents)) return true;
  for (const std::size_t index : selection.survivors) associations_[index]->track.adopt_dissent();
  return false;
}

void Engine::restart_bank(const Selection& selection) {
  bank_.start(selection.combined);
  moves_.clear();
  for (const std::size_t index : selection.survivors) {
    const Association& each = *associations_[index];
    if (bank_.started()) bank_.add(each.path, *each.track.last(), each.track.last_noise());
  }
}

void Engine::settle_dissent(PhaseEvent event, const Selection& selection) {
  if (event == PhaseEvent::spike_refuted)
    for (const std::size_t index : selection.survivors)
      associations_[index]->track.forget_dissent();
  if (event != PhaseEvent::spike_confirmed) return;
  std::optional<RawTime> shown;
  for (const std::size_t index : selection.survivors) {
    SourceTrack& track = associations_[index]->track;
    const auto since = track.dissents_since();
    if (since && (!shown || *since < *shown)) shown = since;
    track.adopt_dissent();
  }
  const RawTime now = env_.clock.now().raw;
  const Selection again = select_now(now);
  if (again.survivors.empty()) return;
  restart_bank(again);
  Reference reference = reference_for(again, now);
  if (const auto& before = discipline_.estimate()) {
    const double moved = to_seconds(again.combined.phase_at(now) - before->phase_at(now));
    const double interval = std::max(to_seconds(now - before->at), kShortestInterval);
    reference.unexplained_rate = std::min(std::abs(moved) / interval, kFastestClock);
    look_closely(reference.unexplained_rate);
    enter_confirmed(*before, again, shown);
  }
  discipline_.adopt(again.combined, reference);
}

}  // namespace slewd::core
