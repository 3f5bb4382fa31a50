// The part of Discipline that deals with whoever else steers the clock.
#include <utility>

#include "agent/core/discipline.hpp"

namespace slewd::core {
namespace {

constexpr Nanos kReassertionMemory = std::chrono::hours(1);
constexpr int kMostReassertions = 8;  // in a row, each within the memory of the one before

}  // namespace

Programmed Discipline::programmed() const {
  Programmed programmed = kernel_.programmed();
  if (!steering()) programmed.total.reset();
  return programmed;
}

void Discipline::on_foreign(const ForeignSteering& found, MonoTime now) {
  if (!steering()) return;
  const Result<KernelReadback> kernel = ports_.driver.read_back();
  if (!kernel) return;
  const bool adjtime = found.signs.has(Sign::adjtime);
  const std::string what =
      "its frequency is " + format(kernel->frequency) + (adjtime ? ", and an adjtime() runs" : "");
  const std::string reason =
      "somebody else steers this clock: " + what + ", which slewd has not set";
  if (config_.mode == Mode::automatic) return stand_down(reason);
  if (reasserted_ && now - *reasserted_ > kReassertionMemory) reassertions_ = 0;
  // Whoever sets it back each time would fight for ever: one of the two must yield.
  if (++reassertions_ > kMostReassertions) return stand_down(reason);
  reasserted_ = now;
  ports_.observer.on_note(Severity::warning, "somebody else has steered this clock: " + what +
                                                 "; taking over, slewd sets it back");
  kernel_.reclaim(adjtime);
  steer();
}

void Discipline::on_other(const std::string& other) {
  if (other == other_) return;
  other_ = other;
  if (other_.empty() || !steering()) return;
  if (config_.mode == Mode::automatic)
    return stand_down(other_ + " steers this clock, and mode is auto");
  warn_of_fight();
}

void Discipline::warn_of_fight() {
  ports_.observer.on_note(Severity::warning,
                          other_ +
                              " steers this clock as well; mode is takeover, and slewd goes on: "
                              "one of the two should end");
}

void Discipline::on_stepper() {
  if (steering() && config_.mode == Mode::automatic)
    stand_down("somebody else sets this clock again and again");
}

void Discipline::on_quiet() {
  const bool beside = !other_.empty() && config_.mode == Mode::automatic;
  if (!stood_aside_ || beside || config_.mode == Mode::observe) return;
  ports_.observer.on_note(Severity::info,
                          "nobody else has steered this clock for a while: slewd does again");
  begin_anew();
}

void Discipline::stand_down(std::string reason) {
  arm_leap(Leap::none);
  kernel_.release(base().frequency);
  stood_aside_ = true;
  observe_reason_ = std::move(reason);
  ports_.observer.on_note(Severity::error, observe_reason_);
  move(PhaseEvent::told_to_observe);
}

}  // namespace slewd::core
