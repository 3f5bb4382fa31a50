// SPDX-License-Identifier: Apache-2.0
#include "lab/plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "agent/core/discipline/alarm.hpp"
#include "base/duration.hpp"
#include "base/human_time.hpp"

namespace slewd::lab {
namespace {

using namespace std::chrono_literals;

constexpr Ppm kLeastRate{1};
constexpr Ppm kKernelMost{100'000};  // a tick of 11 ms instead of 10; no oscillator error assumed
constexpr Nanos kLongestOffset = 24h;
constexpr Nanos kSpread = 16s;  // time over which the discipline slews a small offset
constexpr std::array<Ppm, 4> kCustomary{Ppm{500}, Ppm{5000}, Ppm{83'333}, Ppm{100'000}};

// How often the same slew can be renewed before the remaining offset is as small as `mark`.
double renewals(double left, double gain, double mark) {
  return left > mark ? std::max(1.0, std::floor((left - mark) / gain)) : 1.0;
}

// The largest mark below `left` at which the rate changes or a time is reported.
double next_mark(double left, const core::SteeringConfig& config) {
  double mark = 0;
  for (const Nanos each : {config.large_offset, Nanos{128ms}, Nanos{1ms}})
    if (to_seconds(each) < left) mark = std::max(mark, to_seconds(each));
  return mark;
}

Result<Nanos> read_offset(const std::string& text) {
  auto offset = parse_duration(text);
  if (!offset) return fail(std::move(offset.error()).within("--offset"));
  if (*offset == Nanos{0} || magnitude(*offset) > kLongestOffset)
    return fail(ErrorCode::invalid, "--offset: " + text + " is not between 1ns and " +
                                        format(kLongestOffset) + ", either way; for instance 11s");
  return offset;
}

Result<core::SteeringConfig> read_rate(const std::string& text, core::SteeringConfig steering) {
  if (text.empty()) return steering;
  auto rate = parse_ppm(text);
  if (!rate) return fail(std::move(rate.error()).within("--rate"));
  if (*rate < kLeastRate || *rate > kKernelMost)
    return fail(ErrorCode::invalid,
                "--rate: " + text + " is not between 1ppm and 100000ppm; for instance 500ppm");
  steering.max_slew = *rate;
  steering.large_offset_slew = *rate;
  return steering;
}

const std::string kEndsAlarm =
    std::string(core::advice_on(core::AlarmReason::beyond_panic).command) + " ends it";

std::vector<std::string> remarks_on(Nanos offset, const core::CoreConfig& core) {
  std::vector<std::string> remarks;
  const Nanos size = magnitude(offset);
  if (core.mode == core::Mode::observe)
    remarks.emplace_back("mode is observe: slewd would not change the clock");
  const auto steps = [&](BootTime uptime) {
    return core::decide_startup_step(offset, false, core.step, uptime) == core::StepDecision::step;
  };
  const bool at_boot_only = !steps(BootTime{core.step.boot_window});
  if (steps(BootTime{}))
    remarks.push_back(
        "at startup, before its first Sync, slewd would step this offset (step.at_startup)" +
        (at_boot_only
             ? ", until " + human_time(core.step.boot_window) + " after the boot (step.boot_window)"
             : std::string()) +
        (size > core.step.max_unconfirmed
             ? ", if a second source, the battery clock or dates of files agree "
               "(step.max_unconfirmed)"
             : "") +
        "; this plan is for a running slewd");
  const bool too_long =
      core::Steering(core.steering).eta(offset, kKernelMost) > core.phase.max_slew_eta;
  if (size > core.phase.panic)
    remarks.push_back("beyond phase.panic (" + human_time(core.phase.panic) +
                      "): slewd would not slew this offset but enter Alarm; " + kEndsAlarm);
  else if (too_long)
    remarks.push_back("longer than phase.max_slew_eta (" + human_time(core.phase.max_slew_eta) +
                      "): slewd would not slew this offset but enter Alarm; " + kEndsAlarm);
  else if (size > core.phase.spike_floor)
    remarks.push_back(
        "an offset without a detected jump is first treated as a spike: the slew begins after 5 "
        "consecutive samples that agree, confirmed by a second source or by " +
        human_time(core.phase.spike_watch) + " of spike watch");
  return remarks;
}

}  // namespace

SlewLine run_slew(Nanos offset, const core::SteeringConfig& config, Ppm headroom) {
  core::Steering steering(config);
  SlewLine line;
  double elapsed = 0;
  const double sign = offset < Nanos{0} ? -1 : 1;
  double left = to_seconds(magnitude(offset));
  double late_128ms = 0;
  double late_1ms = 0;
  for (;;) {
    const auto slew = steering.plan(from_seconds(sign * left), kSpread, headroom);
    if (!slew) break;
    line.rate = std::max(line.rate, magnitude(slew->rate));
    // The duration is on the slewed monotonic clock; true time is that of an unslewed one.
    const double seconds = to_seconds(slew->duration) / (1 + to_ratio(slew->rate));
    const double speed = to_ratio(magnitude(slew->rate));
    const double gain = speed * seconds;
    const double mark = next_mark(left, config);
    core::Steering later = steering;
    const auto at_mark = later.plan(from_seconds(sign * (mark + gain)), kSpread, headroom);
    const bool steady = at_mark && at_mark->rate == slew->rate;
    const double times = steady ? renewals(left, gain, mark) : 1;
    const double moved = std::min(left, times * gain);
    const auto crossing = [&](double limit, double& when) {
      if (left >= limit) when = elapsed + std::min(left - limit, moved) / speed;
    };
    crossing(0.128, late_128ms);
    crossing(1e-3, late_1ms);
    elapsed += times * seconds;
    left -= moved;
  }
  line.below_128ms = from_seconds(late_128ms);
  line.below_1ms = from_seconds(late_1ms);
  line.done = from_seconds(elapsed);
  return line;
}

Result<Plan> make_plan(const PlanRequest& request) {
  const auto offset = read_offset(request.offset);
  if (!offset) return fail(offset.error());
  const auto steering = read_rate(request.rate, request.core.steering);
  if (!steering) return fail(steering.error());
  core::CoreConfig core = request.core;
  core.steering = *steering;
  Plan plan;
  plan.offset = *offset;
  plan.line = run_slew(*offset, core.steering, kKernelMost);
  for (const Ppm rate : kCustomary) {
    core::SteeringConfig customary = core.steering;
    customary.max_slew = rate;
    customary.large_offset_slew = rate;
    plan.customary.push_back(run_slew(*offset, customary, kKernelMost));
    plan.customary.back().rate = rate;
  }
  plan.remarks = remarks_on(*offset, core);
  plan.step_harms = harms_of_step(*offset);
  plan.error_harms = harms_of_error(*offset);
  return plan;
}

}  // namespace slewd::lab
