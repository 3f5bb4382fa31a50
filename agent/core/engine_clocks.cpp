// The part of Engine that watches this machine's own clocks: once a second, at each packet, and
// whenever somebody tells that they have moved.
#include <algorithm>
#include <utility>

#include "agent/core/engine.hpp"

namespace slewd::core {
namespace {

constexpr Nanos kShortestPoll = std::chrono::seconds(2);
// Another host's oscillator: live migrations were seen to change the frequency by 20 ppm.
constexpr double kElsewhereSd = 20e-6;

}  // namespace

void Engine::restore_jumps(JumpView recorded, std::uint64_t last_id) {
  jump_view_ = std::move(recorded);
  last_jump_id_ = last_id;
}

void Engine::on_clock_set() { look_at_clocks(env_.clock.now(), true); }

void Engine::on_disruption() {
  const ClockReading now = env_.clock.now();
  look_at_clocks(now, true);
  for (const auto& association : associations_)
    association->track.doubt_frequency(now.raw, kElsewhereSd);
  if (bank_.started()) bank_.doubt_frequency(now.raw, kElsewhereSd);
  discipline_.on_disruption(kElsewhereSd);
  publish();
  if (!discipline_.fixed_interval()) burst();
}

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
  look_at_clocks(now, false);
  const Result<KernelReadback> kernel = env_.driver.read_back();
  discipline_.look(now, kernel);
  check_missing_updates(now.mono);
  publish(now, kernel);
  look_timer_ =
      env_.timers.at(now.mono + config_.jumps.look_every, [this] { look_periodically(); });
}

void Engine::look_at_clocks(const ClockReading& now, bool told) {
  if (const auto own = discipline_.take_own_step()) jumps_.announce_own_step(*own);
  auto event = jumps_.look(now, told);
  if (!event) return;
  event->id = ++last_jump_id_;
  jump_view_.note(*event);
  if (event->raw_lost != Nanos{0}) {
    for (const auto& association : associations_)
      association->track.shift(event->raw_lost, kResumeSd);
    if (bank_.started()) bank_.shift(event->raw_lost, kResumeSd);
  }
  discipline_.on_jump(*event);
  publish();
  env_.observer.on_jump(*event);
  if (event->cause != JumpCause::own_step && !discipline_.fixed_interval()) burst();
}

}  // namespace slewd::core
