// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/scenario_run.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "sim/scenario/stage.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

void count_bound(const core::ClockView& clock, Nanos error, ScenarioResult& result) {
  if (!clock.error_bound) return;
  ++result.bound_samples;
  if (magnitude(error) > *clock.error_bound) ++result.bound_broken;
}

}  // namespace

ScenarioResult run_scenario(const Scenario& scenario, const RunChoice& choice) {
  Stage stage(scenario, choice);
  EngineHost& host = stage.host();
  FigureGatherer gatherer(scenario);
  ScenarioResult result;
  std::uint64_t packets_before = 0;
  const TrueTime start = host.world.now();
  if (choice.watcher != nullptr) choice.watcher->begin(host);
  host.start_engine();
  for (Nanos elapsed = kSamplePeriod; elapsed <= scenario.length; elapsed += kSamplePeriod) {
    host.world.run_until(start + elapsed);
    if (!host.client.running()) continue;  // suspended or paused: it has no clock reading
    if (host.world.utc().is_leaping(host.world.now())) continue;
    const Nanos error = host.client.true_offset();
    gatherer.add(elapsed, error, host.client.true_frequency());
    if (elapsed <= scenario.statistics_from) packets_before = host.client.network().sent();
    host.check_kernel();
    if (choice.watcher != nullptr) choice.watcher->second(host, elapsed, error);
    if (!host.running()) continue;
    const core::ClockView clock = host.clock_now();
    count_bound(clock, error, result);
    if (choice.series_every > Nanos{0} && elapsed % choice.series_every == 0s)
      result.series.push_back({elapsed, -error, clock.error_bound.value_or(Nanos{0}), host.phase(),
                               clock.slew_remaining});
  }
  host.check_spike();
  result.figures = gatherer.finish();
  const double hours = to_seconds(scenario.length - scenario.statistics_from) / 3600;
  const auto sent = static_cast<double>(host.client.network().sent() - packets_before);
  if (hours > 0) result.packets_per_hour = sent / hours;
  result.steps = host.driver().steps();
  result.stepped_back = host.driver().steps_back() > 0;
  result.event_50 = host.snapshot()->phase.event_50;
  result.last_phase = host.phase();
  result.breaches = host.broken_count();
  result.breach_texts = host.broken();
  result.jumps = std::move(host.jumps);
  for (const TrueTime at : host.jumped_at) result.jumped_at.push_back(at - start);
  result.transitions = std::move(host.transitions);
  result.trace_hash = host.world.trace_hash();
  return result;
}

std::vector<std::string> broken_limits(const Scenario& scenario, const ScenarioResult& result) {
  std::vector<std::string> broken;
  if (!scenario.limits) return broken;
  const RunFigures& found = result.figures;
  const RunLimits& limits = *scenario.limits;
  const auto check = [&](const char* what, double value, double limit) {
    if (value > limit)
      broken.push_back(std::string(what) + " " + format_number(value) + " > " +
                       format_number(limit));
  };
  check("max time", found.max, to_seconds(limits.time));
  check("max frequency", found.max_frequency, to_ratio(limits.frequency));
  check("rms time", found.rms, to_seconds(limits.rms_time));
  check("rms frequency", found.rms_frequency, to_ratio(limits.rms_frequency));
  check("sync", found.sync, to_seconds(limits.sync));
  return broken;
}

}  // namespace slewd::sim
