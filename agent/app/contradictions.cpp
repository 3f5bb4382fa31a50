#include "agent/app/contradictions.hpp"

#include "agent/core/steering.hpp"
#include "base/duration.hpp"

namespace slewd::app {
namespace {

// What a slew at the large rate moves within phase.max_slew_eta.
Nanos longest_slew(const core::CoreConfig& config) {
  return from_seconds(to_seconds(config.phase.max_slew_eta) *
                      to_ratio(config.steering.large_offset_slew));
}

}  // namespace

std::vector<std::string> contradictions_in(const core::CoreConfig& config) {
  using enum core::StartupStep;
  const core::StepConfig& step = config.step;
  const core::PhaseConfig& phase = config.phase;
  const core::StepConfig usual;
  const bool steps_after_pause = config.jumps.after_pause == core::AfterPause::step_forward;
  std::vector<std::string> found;
  if ((step.at_startup != never || steps_after_pause) && step.threshold > phase.panic)
    found.push_back("an offset between phase.panic (" + format(phase.panic) +
                    ") and step.threshold (" + format(step.threshold) +
                    ") is neither slewed nor stepped: Alarm; lower step.threshold");
  if (const Nanos most = longest_slew(config); most < phase.panic)
    found.push_back("an offset from " + format_rounded(most) + " to phase.panic (" +
                    format(phase.panic) + ") takes longer than phase.max_slew_eta (" +
                    format(phase.max_slew_eta) + ") at steering.large_offset_slew (" +
                    format(config.steering.large_offset_slew) +
                    "): Alarm; raise one of the last two, or lower phase.panic");
  if (step.boot_window != usual.boot_window && step.at_startup != boot)
    found.emplace_back(R"(step.boot_window counts under "at_startup": "boot" only)");
  if (step.boot_window == Nanos{0} && step.at_startup == boot)
    found.emplace_back(
        R"(step.at_startup "boot" with a step.boot_window of 0 never steps back: that is "forward")");
  if (step.max_unconfirmed != usual.max_unconfirmed && step.at_startup == never)
    found.emplace_back(R"(step.max_unconfirmed has no effect: step.at_startup is "never")");
  if (steps_after_pause && config.mode == core::Mode::observe)
    found.emplace_back(
        R"(jumps.after_pause "step_forward" has no effect: mode "observe" never touches the clock)");
  if (phase.spike_floor > phase.large_phase_offset)
    found.push_back("phase.spike_floor (" + format(phase.spike_floor) +
                    ") has no effect: an offset from phase.large_phase_offset (" +
                    format(phase.large_phase_offset) + ") on is a spike");
  return found;
}

}  // namespace slewd::app
