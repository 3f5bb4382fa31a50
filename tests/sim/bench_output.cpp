// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/bench_output.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace slewd::tests {
namespace {

std::string three_digits(double value) {
  const int whole = value > 0 ? static_cast<int>(std::floor(std::log10(value))) + 1 : 1;
  return format_fixed(value, std::clamp(3 - whole, 0, 3));
}

std::string optional_seconds(const std::optional<double>& seconds) {
  return seconds ? short_seconds(*seconds) : "-";
}

std::string optional_count(const std::optional<double>& value) {
  return value ? three_digits(*value) : "-";
}

std::string ratio_of(const std::optional<double>& chrony, double ours) {
  if (!chrony || ours <= 0) return "-";
  const double ratio = *chrony / ours;
  return ratio > 100 ? "> 100" : format_fixed(ratio, 2);
}

using Line = std::vector<std::string>;

const Line& heading() {
  static const Line line{"scenario", "poll",   "rms",       "max",       "chrony rms", "chrony max",
                         "ratio",    "oracle", "plain rms", "plain max", "p/h",        "chrony p/h",
                         "home",     "chrony", "bound out", "verdict"};
  return line;
}

// When the clock was home: after the start where it starts far off, after the event elsewhere.
std::string home_of(const BenchRow& row) {
  const double time = home_time(row);
  return time >= kNever ? "never" : format_fixed(time, 0) + " s";
}

std::string chrony_home(const BenchRow& row, const Standing& standing, const Peers& peers) {
  std::optional<double> time = standing.chrony_recover;
  if (!row.scenario->watched) {
    const std::string daemon = row.scenario->rates.size() > 1
                                   ? "chrony43@" + format_number(row.rate.value) + "ppm"
                                   : "chrony43";
    time = peers.of(row.scenario->name, row.poll_name(), daemon, "t_1ms");
  }
  return time ? format_fixed(*time, 0) + " s" : "-";
}

std::string share_out(const BenchRow& row) {
  std::uint64_t samples = 0;
  std::uint64_t broken = 0;
  for (const sim::ScenarioResult& run : row.results) {
    samples += run.bound_samples;
    broken += run.bound_broken;
  }
  if (broken == 0) return "0";
  return three_digits(100 * static_cast<double>(broken) / static_cast<double>(samples)) + "%";
}

Line line_of(const BenchRow& row, const Peers& peers) {
  const Standing standing = standing_of(row, peers);
  const double rms = row.median_of([](const auto& run) { return run.figures.rms; });
  return {row.name(),
          row.poll_name(),
          short_seconds(rms),
          short_seconds(row.largest_of([](const auto& run) { return run.figures.max; })),
          optional_seconds(standing.chrony_rms),
          optional_seconds(standing.chrony_max),
          ratio_of(standing.chrony_rms, rms),
          optional_seconds(standing.oracle),
          row.plain.empty() ? "-" : short_seconds(row.plain_rms()),
          row.plain.empty() ? "-" : short_seconds(row.plain_max()),
          three_digits(row.median_of([](const auto& run) { return run.packets_per_hour; })),
          optional_count(standing.chrony_packets),
          home_of(row),
          chrony_home(row, standing, peers),
          share_out(row),
          verdict_of(row, standing)};
}

void add_figure(std::string& text, const char* key, double value) {
  text += std::string(", \"") + key + "\": " + format_number(value);
}

std::string json_run(const sim::ScenarioResult& run, std::uint64_t seed) {
  const sim::RunFigures& figures = run.figures;
  std::string text = R"({"seed": )" + std::to_string(seed);
  add_figure(text, "rms", figures.rms);
  add_figure(text, "max", figures.max);
  add_figure(text, "p99", figures.p99);
  add_figure(text, "mean", figures.mean);
  add_figure(text, "rms_frequency", figures.rms_frequency);
  if (figures.t_128ms) add_figure(text, "t_128ms", *figures.t_128ms);
  if (figures.t_1ms) add_figure(text, "t_1ms", *figures.t_1ms);
  if (figures.t_100us) add_figure(text, "t_100us", *figures.t_100us);
  if (figures.recover_1ms) add_figure(text, "recover_1ms", *figures.recover_1ms);
  add_figure(text, "overshoot", figures.overshoot);
  add_figure(text, "event_max", figures.event_max);
  add_figure(text, "after_max", figures.after_max);
  add_figure(text, "sync", figures.sync);
  add_figure(text, "packets_per_hour", run.packets_per_hour);
  add_figure(text, "steps", static_cast<double>(run.steps));
  add_figure(text, "bound_samples", static_cast<double>(run.bound_samples));
  add_figure(text, "bound_broken", static_cast<double>(run.bound_broken));
  add_figure(text, "breaches", static_cast<double>(run.breaches));
  // As text: a double would round it.
  return text + R"(, "trace": ")" + std::to_string(run.trace_hash) + "\"}";
}

}  // namespace

std::string short_seconds(double seconds) {
  if (seconds == 0) return "0";
  if (seconds < 1e-6) return three_digits(seconds * 1e9) + "n";
  if (seconds < 1e-3) return three_digits(seconds * 1e6) + "u";
  if (seconds < 1) return three_digits(seconds * 1e3) + "m";
  return three_digits(seconds);
}

std::string text_table(const std::vector<BenchRow>& rows, const Peers& peers) {
  std::vector<Line> lines{heading()};
  for (const BenchRow& row : rows) lines.push_back(line_of(row, peers));
  std::vector<std::size_t> widths(heading().size());
  for (const Line& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string text;
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string pad(widths[i] - line[i].size(), ' ');
      const bool left = i == 0 || i + 1 == line.size();
      text += (left ? line[i] + (i == 0 ? pad : "") : pad + line[i]) + "  ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

std::string bound_sentence(const std::vector<BenchRow>& rows) {
  const BoundTally tally = honest_bound(rows);
  if (tally.seconds == 0) return "No row has an honest world.";
  const double share = static_cast<double>(tally.broken) / static_cast<double>(tally.seconds);
  return "In the rows whose world is honest, the published bound contained the truth in " +
         format_fixed(100 * (1 - share), 4) + " % of " + std::to_string(tally.seconds) +
         " seconds.";
}

std::string markdown_table(const std::vector<BenchRow>& rows, const Peers& peers) {
  const auto cells = [](const Line& line) {
    std::string text = "|";
    for (const std::string& cell : line) text += " " + cell + " |";
    return text + "\n";
  };
  std::string text = cells(heading());
  text += cells(Line(heading().size(), "---"));
  for (const BenchRow& row : rows) text += cells(line_of(row, peers));
  return text;
}

std::string json_table(const std::vector<BenchRow>& rows, const Peers& peers) {
  std::string text = "{\"rows\": [";
  const char* separator = "\n";
  for (const BenchRow& row : rows) {
    const Standing standing = standing_of(row, peers);
    text += std::string(separator) + R"({"scenario": ")" + row.name() + R"(", "poll": ")" +
            row.poll_name() + R"(", "verdict": ")" + verdict_of(row, standing) + "\"";
    add_figure(text, "rms", row.median_of([](const auto& run) { return run.figures.rms; }));
    add_figure(text, "max", row.largest_of([](const auto& run) { return run.figures.max; }));
    if (standing.chrony_rms) add_figure(text, "chrony_rms", *standing.chrony_rms);
    if (standing.oracle) add_figure(text, "oracle", *standing.oracle);
    if (!row.plain.empty()) {
      add_figure(text, "plain_rms", row.plain_rms());
      add_figure(text, "plain_max", row.plain_max());
    }
    text += ", \"runs\": [";
    for (std::size_t i = 0; i < row.results.size(); ++i)
      text += (i == 0 ? "\n  " : ",\n  ") + json_run(row.results[i], row.seeds[i]);
    text += "]}";
    separator = ",\n";
  }
  return text + "\n]}\n";
}

}  // namespace slewd::tests
