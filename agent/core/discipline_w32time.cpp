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

void Discipline::await_legacy_beat(MonoTime since) {
  const auto pace = judge_->legacy_pace();
  legacy_due_.reset();
  if (pace) legacy_due_ = since + *pace;
}

void Discipline::catch_up_with_legacy_timer(MonoTime now) {
  while (legacy_due_ && *legacy_due_ + kTogether <= now) on_legacy_beat(*legacy_due_);
}

void Discipline::on_legacy_beat(MonoTime at) {
  legacy_due_.reset();
  const Phase before = view_.phase;
  if (judge_->beat(before, at)) {
    if (before == Phase::spike)
      note_event_50("the time difference stood the spike watch; the clock is not synchronized");
    if (before == Phase::hold && !end_startup()) return;
    move(PhaseEvent::legacy_advance);
    steer();
  }
  // From any other phase a sample alone leads on.
  const bool goes_on =
      view_.phase == Phase::unset || view_.phase == Phase::hold || view_.phase == Phase::spike;
  if (goes_on) await_legacy_beat(at);
}

}  // namespace slewd::core
