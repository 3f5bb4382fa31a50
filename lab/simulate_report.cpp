// SPDX-License-Identifier: Apache-2.0
// The report of a simulation as text and as JSON.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "base/human_time.hpp"
#include "base/table.hpp"
#include "base/text.hpp"
#include "sim/scenario/plot.hpp"

#include "lab/simulate.hpp"
#include "lab/simulate_story.hpp"

namespace slewd::lab {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kPointsInPlot = 1500;
constexpr std::size_t kPointsInJson = 20'000;
constexpr std::size_t kShownLines = 24;  // of one list; the rest is counted

// At most `most` points: the worst of each interval, so that no peak is lost.
std::vector<sim::SeriesPoint> thinned(const std::vector<sim::SeriesPoint>& series,
                                      std::size_t most) {
  if (series.size() <= most) return series;
  const std::size_t stretch = (series.size() - 1) / most + 1;
  std::vector<sim::SeriesPoint> out;
  for (std::size_t i = 0; i < series.size(); i += stretch) {
    const auto begin = series.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end =
        series.begin() + static_cast<std::ptrdiff_t>(std::min(i + stretch, series.size()));
    out.push_back(*std::max_element(begin, end, [](const auto& a, const auto& b) {
      return magnitude(a.error) < magnitude(b.error);
    }));
  }
  return out;
}

double share_out(const sim::ScenarioResult& result) {
  if (result.bound_samples == 0) return 0;
  return static_cast<double>(result.bound_broken) / static_cast<double>(result.bound_samples);
}

std::string share_text(const sim::ScenarioResult& result) {
  if (result.bound_samples == 0) return "no bound was published";
  if (result.bound_broken == 0) return "0 %";
  return format_fixed(share_out(result) * 100, 3) + " %";
}

std::string home_text(const SimulatedRun& run) {
  return run.home_1ms ? "from " + human_time(*run.home_1ms) + " on" : "not at the end";
}

std::string excursion_text(const Excursion& excursion) {
  const std::string tail = " (largest " + format_rounded(excursion.largest) + ")";
  if (!excursion.ended) return "from " + human_time(excursion.from) + " to the end" + tail;
  return "from " + human_time(excursion.from) + " to " + human_time(excursion.to) + ", for " +
         human_time(excursion.to - excursion.from) + tail;
}

// Poll intervals are powers of two in seconds: "64 s", not "1 min 4 s".
std::string poll_text(const core::PollRange& poll) {
  std::string low = format_number(to_seconds(poll.minimum)) + " s";
  if (poll.minimum == poll.maximum) return low;
  return low + " to " + format_number(to_seconds(poll.maximum)) + " s";
}

std::string times(std::ptrdiff_t count) {
  if (count == 0) return "never";
  return count == 1 ? "once" : std::to_string(count) + " times";
}

std::ptrdiff_t set_back_by_others(const sim::ScenarioResult& result) {
  return std::ranges::count_if(result.jumps, [](const core::ClockEvent& jump) {
    return jump.direction() == core::JumpDirection::backward &&
           jump.cause != core::JumpCause::own_step && core::seen_by_programs(jump.cause);
  });
}

std::string list_text(const char* title, const std::vector<std::string>& lines) {
  std::string text = std::string("\n") + title + "\n";
  for (std::size_t i = 0; i < std::min(lines.size(), kShownLines); ++i)
    text += "  " + lines[i] + "\n";
  if (lines.size() > kShownLines)
    text += "  and " + std::to_string(lines.size() - kShownLines) + " more\n";
  return text;
}

std::string outcome_table(const sim::Scenario& scenario, const SimulatedRun& run) {
  Table table({{""}, {""}, {""}});
  const auto row = [&](const char* name, const std::string& value) {
    table.add({"", name, value});
  };
  std::string far = run.excursions.empty() ? "never" : "";
  for (std::size_t i = 0; i < std::min<std::size_t>(run.excursions.size(), 3); ++i)
    far += (i > 0 ? "; " : "") + excursion_text(run.excursions[i]);
  if (run.excursions.size() > 3)
    far += "; and " + std::to_string(run.excursions.size() - 3) + " more times";
  row("off by 128 ms or more", far);
  row("within 1 ms", home_text(run));
  row("largest error", format_rounded(run.largest));
  row("typical error", format_rounded(run.typical) + " (median)");
  row("clock set back by slewd", run.result.stepped_back ? "YES, at least once" : "never");
  row("clock set back by others", times(set_back_by_others(run.result)));
  row("steps by slewd", std::to_string(run.result.steps));
  row("packets per hour", format_fixed(run.result.packets_per_hour, 1));
  const bool unseen = !scenario.honest && run.result.bound_broken > 0;
  row("time outside the bound",
      share_text(run.result) +
          (unseen ? " (another program moved the clock: the bound cannot hold until it is detected)"
                  : ""));
  row("phase at the end", std::string(core::to_string(run.result.last_phase)));
  row("seed", std::to_string(run.seed));
  const std::string text = table.print();
  return "\nOutcome\n" + text.substr(text.find('\n') + 1);
}

std::string seeds_table(const Simulation& simulation) {
  Table table({{"seed", Align::right},
               {"largest", Align::right},
               {"median", Align::right},
               {"far off for", Align::right},
               {"within 1 ms"},
               {"steps", Align::right},
               {"packets/h", Align::right},
               {"outside bound", Align::right}});
  for (const SimulatedRun& run : simulation.runs) {
    Nanos far{};
    for (const Excursion& excursion : run.excursions) far += excursion.to - excursion.from;
    table.add({std::to_string(run.seed), format_rounded(run.largest), format_rounded(run.typical),
               far == Nanos{0} ? "-" : human_time(far), home_text(run),
               std::to_string(run.result.steps), format_fixed(run.result.packets_per_hour, 1),
               share_text(run.result)});
  }
  return "\nEvery seed\n" + table.print();
}

Json run_json(const Simulation& simulation, const SimulatedRun& run) {
  Json excursions = Json::array();
  for (const Excursion& excursion : run.excursions)
    excursions.push_back({{"from_seconds", to_seconds(excursion.from)},
                          {"to_seconds", to_seconds(excursion.to)},
                          {"largest_seconds", to_seconds(excursion.largest)},
                          {"ended", excursion.ended}});
  Json jumps = Json::array();
  for (std::size_t i = 0; i < run.result.jumps.size(); ++i) {
    const core::ClockEvent& jump = run.result.jumps[i];
    jumps.push_back({{"at_seconds", to_seconds(run.result.jumped_at[i])},
                     {"cause", core::to_string(jump.cause)},
                     {"rate_change_ratio", to_ratio(jump.rate_change)},
                     {"size_seconds", to_seconds(jump.size)},
                     {"uncertainty_seconds", to_seconds(jump.uncertainty)},
                     {"latency_seconds", to_seconds(jump.latency)},
                     {"witnesses", jump.witnesses}});
  }
  Json json = {{"seed", run.seed},
               {"largest_error_seconds", to_seconds(run.largest)},
               {"median_error_seconds", to_seconds(run.typical)},
               {"excursions_128ms", excursions},
               {"steps", run.result.steps},
               {"set_back", run.result.stepped_back},
               {"packets_per_hour", run.result.packets_per_hour},
               {"outside_bound_ratio", share_out(run.result)},
               {"last_phase", core::to_string(run.result.last_phase)},
               {"jumps", jumps},
               // As text: a double would round it.
               {"trace", std::to_string(run.result.trace_hash)}};
  if (run.home_1ms) json["within_1ms_from_seconds"] = to_seconds(*run.home_1ms);
  Json phases = Json::array();
  for (const PhaseChange& change : phase_changes(simulation, run))
    phases.push_back({{"at_seconds", to_seconds(change.at)},
                      {"phase", core::to_string(change.phase)},
                      {"why", change.why}});
  if (!phases.empty()) json["phases"] = phases;
  return json;
}

}  // namespace

std::string simulation_text(const Simulation& simulation) {
  const sim::Scenario& scenario = simulation.scenario;
  const SimulatedRun& first = simulation.runs.front();
  std::string text = scenario.name + ": " + scenario.comment + "\n" + human_time(scenario.length) +
                     " with " + std::to_string(scenario.servers.size()) + " servers, " +
                     simulation.configuration + ", polls every " + poll_text(simulation.poll) +
                     "\n";
  std::vector<std::string> lines = happenings(scenario);
  text += list_text("Events", lines);
  lines.clear();
  for (const PhaseChange& change : phase_changes(simulation, first))
    lines.push_back(phase_line(change));
  text += list_text("Phases of slewd", lines);
  lines.clear();
  for (std::size_t i = 0; i < first.result.jumps.size(); ++i)
    lines.push_back(jump_line(first.result.jumps[i], first.result.jumped_at[i]));
  if (lines.empty()) lines.emplace_back("none");
  text += list_text("Clock jumps that slewd detected", lines) + outcome_table(scenario, first);
  for (const std::string& breach : first.result.breach_texts)
    text += "  VIOLATED: " + breach + "\n";
  if (simulation.runs.size() > 1) text += seeds_table(simulation);
  return text;
}

std::string simulation_json(const Simulation& simulation, bool with_series) {
  Json runs = Json::array();
  for (const SimulatedRun& run : simulation.runs) runs.push_back(run_json(simulation, run));
  Json json = {{"schema", "slewd.simulation/1"},
               {"scenario", simulation.scenario.name},
               {"comment", simulation.scenario.comment},
               {"configuration", simulation.configuration},
               {"poll", sim::poll_text(simulation.poll)},
               {"length_seconds", to_seconds(simulation.scenario.length)},
               {"runs", runs}};
  if (!with_series) return json.dump(2) + "\n";
  std::string text = json.dump(2);
  text.erase(text.size() - 2);  // the last bracket and the line before it
  text += ",\n  \"series\": [";
  const char* separator = "\n";
  for (const sim::SeriesPoint& point :
       thinned(simulation.runs.front().result.series, kPointsInJson)) {
    Json entry = {{"at_seconds", to_seconds(point.elapsed)},
                  {"error_seconds", to_seconds(point.error)},
                  {"phase", core::to_string(point.phase)},
                  {"slew_remaining_seconds", to_seconds(point.remaining)}};
    if (point.bound > Nanos{0}) entry["bound_seconds"] = to_seconds(point.bound);
    text += separator + ("    " + entry.dump());
    separator = ",\n";
  }
  return text + "\n  ]\n}\n";
}

std::string simulation_svg(const Simulation& simulation) {
  const SimulatedRun& first = simulation.runs.front();
  return sim::plot_svg(simulation.scenario.name + ": " + simulation.scenario.comment + " (seed " +
                           std::to_string(first.seed) + ")",
                       thinned(first.result.series, kPointsInPlot));
}

}  // namespace slewd::lab
