// The part of Engine that watches this machine's own clocks: once a second, at each packet, and
// whenever somebody tells that they have moved.
#include <algorithm>
#include <utility>

#include "agent/core/engine.hpp"

namespace slewd::core {
namespace {

constexpr Nanos kShortestPatience = std::chrono::seconds(2);

}  // namespace

void Engine::on_clock_set() { look_at_clocks({.clocks = env_.clock.now(), .told = true}); }

Result<PlannedStep> Engine::step_to_true(Nanos announced, MonoTime not_after) {
  // Somebody else may have set the clock since: then the offset is another one.
  look_at_clocks({.clocks = env_.clock.now()});
  Result<PlannedStep> done = discipline_.step_to_true(announced, not_after);
  look_at_clocks({.clocks = env_.clock.now()});
  publish();
  return done;
}

void Engine::check_missing_updates(MonoTime now) {
  const auto last = discipline_.last_heard();
  if (!last) return;
  const Nanos patience = kSilentPolls * std::max(polls_.range().minimum, kShortestPatience);
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
  for (ClockEvent& event : jumps_.look(look, env_.witnesses.look())) take_in(std::move(event));
  last_look_ = look.clocks.raw;
  // A host's clock that has moved is a reason to ask the servers, not to believe it.
  const auto host = jumps_.host_moved(look.clocks.mono);
  if (!host || host->seen == host_moved_) return;
  host_moved_ = host->seen;
  if (!discipline_.fixed_interval()) burst();
}

void Engine::look_for_others(const ClockReading& now, const Result<KernelReadback>& kernel) {
  const auto found = foreign_.look(now, kernel, jumps_.signs(), discipline_.programmed());
  if (found) {
    ClockEvent event = *event_of(found->signs, now, config_.jumps.look_every);
    event.size = found->adjtime;
    event.rate_change = found->rate_change;
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
