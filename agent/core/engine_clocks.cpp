// The part of Engine that watches this machine's own clocks: at each packet, whenever somebody
// tells that they have moved, and periodically: once a second, or less often where somebody else
// compares them each second and tells (docs/jumps.md). Looks read clocks; the kernel is asked where
// a look raises doubts, and once in a while.
#include <algorithm>
#include <utility>

#include "agent/core/engine.hpp"

namespace slewd::core {
namespace {

constexpr Nanos kShortestPatience = std::chrono::seconds(2);
// For what clock readings cannot show: a frequency changed by less than 2 ppm, cleared flags.
constexpr Nanos kAskKernelEvery = std::chrono::minutes(1);
// While somebody else compares the clocks: half of the poll interval, within these limits.
constexpr Nanos kShortestRest = kAskKernelEvery + std::chrono::seconds(1);
constexpr Nanos kLongestRest = std::chrono::seconds(512);
// From a change of the clock until somebody else's look has told of it.
constexpr Nanos kToldWithin = std::chrono::seconds(3);

}  // namespace

void Engine::on_clock_set() { look({.clocks = env_.clock.now(), .told = true}, Ask::kernel); }

void Engine::on_sign() { look({.clocks = env_.clock.now()}, Ask::kernel); }

void Engine::let_others_look(bool others_look) {
  others_look_ = others_look;
  publish();
}

Nanos Engine::pace() const {
  const Nanos each = config_.jumps.look_every;
  const bool kernel_tells = kernel_ && kernel_->has_value();
  const bool at_rest = others_look_ && kernel_tells && !discipline_.programmed().single_shot &&
                       !discipline_.awaits_beat() && !jumps_.waits();
  if (!at_rest) return each;
  Nanos rest = kLongestRest;
  for (const auto& association : associations_) rest = std::min(rest, association->interval / 2);
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

Result<PlannedStep> Engine::step_to_true(Nanos announced, MonoTime not_after) {
  // Somebody else may have set the clock since: then the offset is another one.
  look_at_clocks({.clocks = env_.clock.now()});
  Result<PlannedStep> done = discipline_.step_to_true(announced, not_after);
  look_at_clocks({.clocks = env_.clock.now()});
  publish();
  return done;
}

std::optional<MonoTime> Engine::silent_from() const {
  const auto last = discipline_.last_heard();
  if (!last) return std::nullopt;
  Nanos longest = kSilentPolls * std::max(polls_.range().minimum, kShortestPatience);
  for (const auto& association : associations_)
    if (association->track.has_claim() && !association->source.denied())
      longest = std::max(longest, kSilentPolls * association->interval);
  return *last + longest;
}

void Engine::check_missing_updates(MonoTime now) {
  const auto silent = silent_from();
  if (!silent || now <= *silent) return;
  // All are asked soon after a disturbance: whoever has been asked only once or twice since may
  // still answer, however long ago the last answer was.
  const bool may_answer = std::ranges::any_of(associations_, [](const auto& association) {
    return is_followed(*association) && !association->source.denied() &&
           association->unanswered < kSilentPolls;
  });
  if (may_answer) return;
  const auto held = discipline_.on_updates_missing();
  if (!held || !bank_.started()) return;
  bank_.hold_frequency(to_ratio(held->frequency), to_ratio(held->uncertainty));
  share_frequency();
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
  const std::uint64_t events = last_jump_id_;
  look_at_clocks(look);
  const bool doubted = foreign_.doubts(now, discipline_.programmed()) || ask == Ask::kernel ||
                       last_jump_id_ != events;
  const bool asked = doubted || !kernel_ || now.raw - last_read_back_ >= kAskKernelEvery;
  if (asked) kernel_ = env_.driver.read_back();
  const Result<KernelReadback>* const kernel = asked ? &*kernel_ : nullptr;
  const Phase phase = discipline_.phase();
  const bool foreign = foreign_.view().detected;
  // Of what a look has told there was nothing at the look before, whoever made it.
  const RawTime before = now.raw - (config_.jumps.look_every + kToldWithin);
  look_for_others(now, kernel, doubted ? std::max(last_read_back_, before) : last_read_back_);
  if (asked) last_read_back_ = now.raw;
  discipline_.look(now, kernel);
  check_missing_updates(now.mono);
  if (phase == Phase::observe) tell_foreign();
  const bool changed = discipline_.phase() != phase || foreign_.view().detected != foreign;
  if (asked || changed || now.mono - published_ >= kPublishEvery) publish(now);
}

void Engine::look_at_clocks(const ClockLook& look) {
  if (const auto own = discipline_.take_own_step()) jumps_.announce_own_step(*own);
  for (ClockEvent& event : jumps_.look(look, env_.witnesses.look())) {
    if (event.cause == JumpCause::suspend) on_network_changed();
    take_in(std::move(event));
  }
  last_look_ = look.clocks.raw;
  // A host's clock that has moved is a reason to ask the servers, not to believe it.
  const auto host = jumps_.host_moved(look.clocks.mono);
  if (!host || host->seen == host_moved_) return;
  host_moved_ = host->seen;
  if (!discipline_.fixed_interval()) ask_often();
}

void Engine::look_for_others(const ClockReading& now, const Result<KernelReadback>* kernel,
                             RawTime not_before) {
  const auto found = foreign_.look(now, kernel, jumps_.signs(), discipline_.programmed());
  if (found) {
    ClockEvent event = *event_of(found->signs, now, now.raw - not_before);
    event.size = found->adjtime;
    event.rate_change = found->rate_change;
    enter(event, not_before);
    discipline_.on_foreign(*found, now.mono);
  }
  discipline_.on_other(foreign_.process());
  if (foreign_.steps_again_and_again(now.mono)) discipline_.on_stepper();
  const bool observed = discipline_.phase() == Phase::observe;
  if (!foreign_.view().detected) discipline_.on_quiet();
  if (observed && discipline_.phase() != Phase::observe) poll_everyone_soon();
}

}  // namespace slewd::core
