// The part of Discipline that is there for `profile: w32time` alone.
#include "agent/core/discipline.hpp"

namespace slewd::core {
namespace {

// A sample that comes together with a beat is there first: its round trip may take a little longer
// than the one from which the beats are counted.
constexpr Nanos kTogether = std::chrono::milliseconds(500);

}  // namespace

// The estimate goes with the wall clock: the step is not corrected before a sample tells of it.
void Discipline::leave_to_samples(Nanos step) {
  if (!current_) return;
  current_->phase += step;
  dissent_ += magnitude(step);
}

void Discipline::cancel_legacy_timer() {
  if (legacy_timer_) ports_.timers.cancel(*legacy_timer_);
  legacy_timer_.reset();
}

void Discipline::await_legacy_beat(MonoTime since) {
  cancel_legacy_timer();
  const auto pace = judge_->legacy_pace();
  if (!pace) return;
  const MonoTime due = since + *pace;
  legacy_timer_ = ports_.timers.at(due + kTogether, [this, due] {
    legacy_timer_.reset();
    on_legacy_beat(due);
  });
}

void Discipline::on_legacy_beat(MonoTime at) {
  const Phase before = view_.phase;
  if (judge_->beat(before, at)) {
    if (before == Phase::spike)
      note_event_50("the time difference stood the spike watch; the clock is not synchronized");
    if (before == Phase::hold) end_startup();
    move(PhaseEvent::legacy_advance);
    steer();
  }
  // From any other phase a sample alone leads on.
  const bool goes_on =
      view_.phase == Phase::unset || view_.phase == Phase::hold || view_.phase == Phase::spike;
  if (goes_on) await_legacy_beat(at);
}

}  // namespace slewd::core
