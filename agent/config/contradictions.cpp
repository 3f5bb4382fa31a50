// SPDX-License-Identifier: Apache-2.0
#include "agent/config/contradictions.hpp"

#include <algorithm>

#include "agent/core/discipline/steering.hpp"
#include "agent/core/sources/replacement.hpp"
#include "base/duration.hpp"
#include "base/limits.hpp"

namespace slewd::app {
namespace {

// The offset that a slew at the large rate removes within phase.max_slew_eta.
Nanos longest_slew(const core::CoreConfig& config) {
  return from_seconds(to_seconds(config.phase.max_slew_eta) *
                      to_ratio(config.steering.large_offset_slew));
}

int places_of(const core::SourceConfig& source) { return source.pool ? source.pool_members : 1; }

// The highest number of selectable servers.
int most_voters(const core::CoreConfig& config) {
  int most = 0;
  for (const core::SourceConfig& source : config.sources)
    if (!source.noselect) most += places_of(source);
  return most;
}

void add_sources(const core::CoreConfig& config, std::vector<std::string>& found) {
  int places = 0;
  for (const core::SourceConfig& source : config.sources) {
    places += places_of(source);
    if (source.pool && source.pool_members > 1 && core::is_numeric(source.host))
      found.push_back("pools: " + source.host + " is one address but has " +
                      std::to_string(source.pool_members) +
                      " members; list it under servers, or use the name of a pool");
  }
  if (places > static_cast<int>(limits::kSources))
    found.push_back("servers and pools have " + std::to_string(places) + " members, but only " +
                    std::to_string(limits::kSources) + " can be used; lower members");
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
    found.emplace_back(R"(step.boot_window has no effect without "at_startup": "boot")");
  if (step.boot_window == Nanos{0} && step.at_startup == boot)
    found.emplace_back(
        R"(step.at_startup "boot" with a step.boot_window of 0 never steps back; it equals "forward")");
  if (step.max_unconfirmed != usual.max_unconfirmed && step.at_startup == never)
    found.emplace_back(R"(step.max_unconfirmed has no effect: step.at_startup is "never")");
  if (steps_after_pause && config.mode == core::Mode::observe)
    found.emplace_back(
        R"(jumps.after_pause "step_forward" has no effect: mode "observe" never changes the clock)");
  if (steps_after_pause && most_voters(config) == 1)
    found.emplace_back(
        R"(jumps.after_pause "step_forward" with one server steps only where a hypervisor's clock confirms the pause; name a second server)");
  if (config.leap.mode == core::LeapMode::kernel && config.leap.months.empty())
    found.emplace_back(R"(leap "kernel" without leap_months: no leap second is ever inserted)");
  if (config.steering.large_offset_slew < config.steering.max_slew)
    found.push_back("steering.large_offset_slew (" + format(config.steering.large_offset_slew) +
                    ") is below steering.max_slew (" + format(config.steering.max_slew) +
                    "): large offsets are slewed more slowly than small ones");
  add_sources(config, found);
  if (phase.spike_floor > phase.large_phase_offset)
    found.push_back("phase.spike_floor (" + format(phase.spike_floor) +
                    ") has no effect: an offset from phase.large_phase_offset (" +
                    format(phase.large_phase_offset) + ") on is a spike");
  return found;
}

std::vector<std::string> impossibilities_in(const core::CoreConfig& config) {
  std::vector<std::string> found;
  const int voters = most_voters(config);
  if (voters == 0) {
    if (!config.sources.empty())
      found.emplace_back("every source is noselect, so none can be selected; remove noselect");
    return found;
  }
  if (config.selection.min_sources > voters)
    found.push_back("selection.min_sources is " + std::to_string(config.selection.min_sources) +
                    " and at most " + std::to_string(voters) +
                    " servers can be selected; lower it, or add servers");
  const auto is_required = [](const core::SourceConfig& source) { return source.require; };
  const bool any = std::ranges::any_of(config.sources, is_required);
  const bool usable = std::ranges::any_of(config.sources, [&](const core::SourceConfig& source) {
    return source.require && !source.noselect;
  });
  if (any && !usable)
    found.emplace_back(
        "the only required source is noselect, so no source can be selected; remove one of the "
        "two");
  return found;
}

}  // namespace slewd::app
