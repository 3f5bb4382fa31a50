// The part of Engine that watches this machine's own clocks: once a second, at each packet, and
// whenever somebody tells that they have moved.
#include <algorithm>
#include <utility>

#include "agent/core/engine.hpp"

namespace slewd::core {
namespace {

constexpr Nanos kShortestPoll = std::chrono::seconds(2);

// Of an event of a former process that no sample has sized.
constexpr Nanos kNeverSized = std::chrono::hours(24);

}  // namespace

void Engine::restore_jumps(JumpView recorded, std::uint64_t last_id) {
  jump_view_ = std::move(recorded);
  last_jump_id_ = last_id;
  // Whoever should have sized them is gone.
  const auto events = jump_view_.recent;
  for (ClockEvent event : events) {
    if (event.uncertainty != kUnknownSize) continue;
    event.uncertainty = kNeverSized;
    jump_view_.note(event);
  }
}

void Engine::on_clock_set() { look_at_clocks({.clocks = env_.clock.now(), .told = true}); }

void Engine::check_missing_updates(MonoTime now) {
  const auto last = discipline_.last_heard();
  if (!last) return;
  const Nanos patience = kSilentPolls * std::max(polls_.range().minimum, kShortestPoll);
  Nanos longest = patience;
  for (const auto& association : associations_)
    longest = std::max(longest, kSilentPolls * association->interval);
  // All are asked soon after a disturbance: whoever has been asked only once or twice since may
  // still answer, however long ago the last answer was.
  const bool may_answer = std::ranges::any_of(associations_, [](const auto& association) {
    return is_followed(*association) && !association->source.denied() &&
           association->unanswered < kSilentPolls;
  });
  if (now - *last > longest && !may_answer) discipline_.on_updates_missing();
}

void Engine::look_periodically() {
  const ClockReading now = env_.clock.now();
  const Nanos overrun = look_due_ ? now.mono - *look_due_ : Nanos{0};
  look_at_clocks({.clocks = now, .overrun = overrun});
  const Result<KernelReadback> kernel = env_.driver.read_back();
  look_for_others(now, kernel);
  discipline_.look(now, kernel);
  check_missing_updates(now.mono);
  publish(now, kernel);
  look_due_ = now.mono + config_.jumps.look_every;
  look_timer_ = env_.timers.at(*look_due_, [this] { look_periodically(); });
}

void Engine::look_at_clocks(const ClockLook& look) {
  if (const auto own = discipline_.take_own_step()) jumps_.announce_own_step(*own);
  MachineSigns signs = env_.witnesses.look();
  if (signs_.disruption_marker && signs.disruption_marker != signs_.disruption_marker)
    ++disruptions_;
  for (ClockEvent& event : jumps_.look(look, signs)) take_in(std::move(event));
  signs_ = std::move(signs);
  last_look_ = look.clocks.raw;
  // A host's clock that has moved is a reason to ask the servers, not to believe it.
  const auto host = jumps_.host_moved(look.clocks.mono);
  if (!host || host->seen == host_moved_) return;
  host_moved_ = host->seen;
  if (!discipline_.fixed_interval()) burst();
}

void Engine::look_for_others(const ClockReading& now, const Result<KernelReadback>& kernel) {
  const auto found = foreign_.look(now, kernel, signs_, discipline_.programmed());
  if (found) {
    const auto signature = classify(found->signs);
    ClockEvent event;
    event.cause = signature->cause;
    event.size = found->adjtime;
    event.rate_change = found->rate_change;
    event.seen_mono = now.mono;
    event.seen_boot = now.boot;
    event.wall_before = event.wall_after = now.wall;
    event.latency = config_.jumps.look_every;
    event.witnesses = describe(found->signs);
    enter(event, last_read_back_);
    if (kernel) discipline_.on_foreign(*found, *kernel, now.mono);
  }
  last_read_back_ = now.raw;
  discipline_.on_other(foreign_.process(), kernel);
  if (foreign_.steps_again_and_again(now.mono)) discipline_.on_stepper(kernel);
  const bool observed = discipline_.phase() == Phase::observe;
  if (!foreign_.view().detected) discipline_.on_quiet();
  if (observed && discipline_.phase() != Phase::observe) poll_everyone_soon();
}

}  // namespace slewd::core
