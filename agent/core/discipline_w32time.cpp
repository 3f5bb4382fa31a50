// The part of Discipline that is there for `profile: w32time` alone.
#include "agent/core/discipline.hpp"

namespace slewd::core {

void Discipline::catch_up_with_legacy_timer(MonoTime now) {
  while (const auto beat = legacy_timer_.take_beat(now)) on_legacy_beat(*beat);
}

void Discipline::on_legacy_beat(MonoTime at) {
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
  if (goes_on) legacy_timer_.restart(at, judge_->legacy_pace());
}

}  // namespace slewd::core
