// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/bench_rows.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>
#include <utility>

#include "base/text.hpp"

#include "tests/sim/plain_reference.hpp"

namespace slewd::tests {
namespace {

constexpr double kBoundShare = 1e-4;  // of the samples may lie outside the published bound

struct Job {
  std::size_t row;
  std::size_t seed;
};

std::string rate_text(Ppm rate) { return format_number(rate.value) + "ppm"; }

bool starts_far_off(const BenchRow& row) { return row.scenario->rates.size() > 1; }

void judge_start(const BenchRow& row, std::string& missed) {
  const double off = std::abs(to_seconds(row.scenario->client.ahead));
  const double limit = 1.05 * (off - 0.128) / to_ratio(row.rate);
  const double slowest = row.largest_of(
      [](const sim::ScenarioResult& run) { return run.figures.t_128ms.value_or(1e9); });
  if (slowest > limit) missed += " t_128ms";
  if (row.largest_of([](const sim::ScenarioResult& run) { return run.figures.overshoot; }) > 2e-4)
    missed += " overshoot";
}

}  // namespace

std::string BenchRow::name() const {
  return starts_far_off(*this) ? scenario->name + "@" + rate_text(rate) : scenario->name;
}

double BenchRow::median_of(const Figure& figure) const {
  std::vector<double> values;
  for (const sim::ScenarioResult& run : results) values.push_back(figure(run));
  return sim::median(std::move(values));
}

double BenchRow::largest_of(const Figure& figure) const {
  double largest = 0;
  for (const sim::ScenarioResult& run : results) largest = std::max(largest, figure(run));
  return largest;
}

double BenchRow::plain_rms() const {
  std::vector<double> values;
  for (const sim::RunFigures& run : plain) values.push_back(run.rms);
  return sim::median(std::move(values));
}

double BenchRow::plain_max() const {
  double largest = 0;
  for (const sim::RunFigures& run : plain) largest = std::max(largest, run.max);
  return largest;
}

std::vector<BenchRow> make_rows(const std::vector<sim::Scenario>& scenarios,
                                std::uint64_t first_seed, int seeds, const std::string& polls) {
  std::vector<BenchRow> rows;
  for (const sim::Scenario& scenario : scenarios) {
    std::vector<std::uint64_t> row_seeds = scenario.seeds;
    for (int i = 0; row_seeds.size() < static_cast<std::size_t>(seeds); ++i)
      row_seeds.push_back(first_seed + static_cast<std::uint64_t>(i));
    for (const core::PollRange& poll : scenario.polls) {
      if (!polls.empty() && sim::poll_text(poll) != polls) continue;
      for (const Ppm rate : scenario.rates)
        rows.push_back({&scenario, poll, rate, row_seeds, {}, {}});
    }
  }
  return rows;
}

void run_rows(std::vector<BenchRow>& rows, unsigned threads, const std::function<void()>& done) {
  std::vector<Job> jobs;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    rows[row].results.resize(rows[row].seeds.size());
    rows[row].plain.resize(rows[row].seeds.size());
    for (std::size_t seed = 0; seed < rows[row].seeds.size(); ++seed) jobs.push_back({row, seed});
  }
  std::atomic<std::size_t> next = 0;
  std::mutex reporting;
  const auto work = [&] {
    for (std::size_t i = next++; i < jobs.size(); i = next++) {
      BenchRow& row = rows[jobs[i].row];
      sim::RunChoice choice;
      choice.poll = row.poll;
      choice.rate = row.rate;
      choice.seed = row.seeds[jobs[i].seed];
      PlainReference plain(*row.scenario);
      choice.watcher = &plain;
      row.results[jobs[i].seed] = sim::run_scenario(*row.scenario, choice);
      row.plain[jobs[i].seed] = plain.finish();
      const std::scoped_lock lock(reporting);
      done();
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 1; i < threads; ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
}

Standing standing_of(const BenchRow& row, const Peers& peers) {
  const std::string poll = row.poll_name();
  const std::string& name = row.scenario->name;
  const std::string suffix = starts_far_off(row) ? "@" + rate_text(row.rate) : "";
  // Where both versions were run, the better one counts.
  const auto of = [&](std::string_view figure) {
    const auto old = peers.of(name, poll, "chrony43" + suffix, figure);
    const auto head = peers.of(name, poll, "chronyhead" + suffix, figure);
    if (!old || !head) return old ? old : head;
    return std::optional<double>(std::min(*old, *head));
  };
  Standing standing;
  standing.chrony_rms = of("rms");
  standing.chrony_max = of("max");
  standing.chrony_packets = peers.of(name, poll, "chrony43" + suffix, "packets_per_hour");
  if (!standing.chrony_packets)
    standing.chrony_packets = peers.of(name, poll, "chronyhead" + suffix, "packets_per_hour");
  standing.chrony_recover = of("recover_1ms");
  standing.ntpsec_rms = peers.of(name, poll, "ntpsec", "rms");
  standing.oracle = peers.of(name, poll, "oracle", "kf_delay");
  standing.bound = peers.of(name, poll, "oracle", "bound");
  standing.must_rms = peers.of(name, poll, "gate", "must_rms");
  standing.must_max = peers.of(name, poll, "gate", "must_max");
  standing.goal_rms = peers.of(name, poll, "gate", "goal_rms");
  standing.most_packets = peers.of(name, poll, "gate", "packets_per_hour");
  return standing;
}

double home_time(const BenchRow& row) {
  const bool event = row.scenario->watched.has_value();
  return row.median_of([&](const sim::ScenarioResult& run) {
    return (event ? run.figures.recover_1ms : run.figures.t_1ms).value_or(2 * kNever);
  });
}

BoundTally bound_of(const BenchRow& row) {
  BoundTally tally;
  for (const sim::ScenarioResult& run : row.results) {
    tally.seconds += run.bound_samples;
    tally.broken += run.bound_broken;
  }
  return tally;
}

BoundTally honest_bound(const std::vector<BenchRow>& rows) {
  BoundTally all;
  for (const BenchRow& row : rows) {
    if (!row.scenario->honest) continue;
    const BoundTally one = bound_of(row);
    all.seconds += one.seconds;
    all.broken += one.broken;
  }
  return all;
}

std::string verdict_of(const BenchRow& row, const Standing& standing) {
  const double rms = row.median_of([](const auto& run) { return run.figures.rms; });
  const double largest = row.largest_of([](const auto& run) { return run.figures.max; });
  const double packets = row.median_of([](const auto& run) { return run.packets_per_hour; });
  std::string missed;
  if (standing.must_rms && rms > *standing.must_rms) missed += " rms";
  if (standing.must_max && largest > *standing.must_max) missed += " max";
  if (standing.most_packets && packets > *standing.most_packets) missed += " packets";
  if (starts_far_off(row)) judge_start(row, missed);
  if (standing.chrony_recover && home_time(row) > 1.05 * std::max(*standing.chrony_recover, 10.0))
    missed += " home";
  // Where there is no truth to be had the reference has no business either.
  if (!row.plain.empty() && row.scenario->expect == sim::Expectation::sync) {
    if (rms > kMostPlainRms * row.plain_rms()) missed += " plain-rms";
    if (largest > kMostPlainMax * row.plain_max()) missed += " plain-max";
  }
  bool limits_kept = true;
  bool invariants_kept = true;
  for (const sim::ScenarioResult& run : row.results) {
    if (row.scenario->expect == sim::Expectation::sync)
      limits_kept = limits_kept && sim::broken_limits(*row.scenario, run).empty();
    else
      limits_kept = limits_kept && run.last_phase == core::Phase::alarm;
    invariants_kept = invariants_kept && run.breaches == 0 && !run.stepped_back;
  }
  if (!limits_kept) missed += " limits";
  if (!invariants_kept) missed += " invariants";
  const BoundTally bound = bound_of(row);
  if (row.scenario->honest &&
      static_cast<double>(bound.broken) > kBoundShare * static_cast<double>(bound.seconds))
    missed += " bound";
  if (!missed.empty()) return "MISS" + missed;
  return standing.goal_rms && rms <= *standing.goal_rms ? "goal" : "ok";
}

}  // namespace slewd::tests
