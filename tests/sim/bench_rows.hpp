// SPDX-License-Identifier: Apache-2.0
// The rows of the discipline's table: one for each scenario, poll range and slew rate, over many
// seeds, run by several threads with a world each.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/scenario/scenario_run.hpp"

#include "tests/sim/peers.hpp"

namespace slewd::tests {

struct BenchRow {
  const sim::Scenario* scenario = nullptr;
  core::PollRange poll;
  Ppm rate;
  std::vector<std::uint64_t> seeds;
  std::vector<sim::ScenarioResult> results;  // one for each seed
  std::vector<sim::RunFigures> plain{};      // of the plain reference on the same replies

  [[nodiscard]] std::string name() const;  // "lan", "start_p11@500ppm"
  [[nodiscard]] std::string poll_name() const { return sim::poll_text(poll); }
  // Of one figure over the seeds.
  using Figure = std::function<double(const sim::ScenarioResult&)>;
  [[nodiscard]] double median_of(const Figure& figure) const;
  [[nodiscard]] double largest_of(const Figure& figure) const;
  [[nodiscard]] double plain_rms() const;  // the median
  [[nodiscard]] double plain_max() const;
};

// Every row of the scenarios, not yet run. `polls`: only this range; empty = all.
[[nodiscard]] std::vector<BenchRow> make_rows(const std::vector<sim::Scenario>& scenarios,
                                              std::uint64_t first_seed, int seeds,
                                              const std::string& polls);
// Fills in the results; `done` is called after each run, under a lock.
void run_rows(std::vector<BenchRow>& rows, unsigned threads, const std::function<void()>& done);

// What of chrony's and of the gate a row is held against.
struct Standing {
  std::optional<double> chrony_rms;
  std::optional<double> chrony_max;
  std::optional<double> chrony_packets;
  std::optional<double> chrony_recover;
  std::optional<double> ntpsec_rms;
  std::optional<double> oracle;
  std::optional<double> bound;
  std::optional<double> must_rms;
  std::optional<double> must_max;
  std::optional<double> goal_rms;
  std::optional<double> most_packets;
};
[[nodiscard]] Standing standing_of(const BenchRow& row, const Peers& peers);

// Seconds until the error stays below 1 ms, the median over the seeds: after the event where one is
// watched, after the start elsewhere. At least kNever when most seeds never got there.
inline constexpr double kNever = 1e8;
[[nodiscard]] double home_time(const BenchRow& row);

// In how many seconds a bound was published, and in how many of them it did not contain the truth.
struct BoundTally {
  std::uint64_t seconds = 0;
  std::uint64_t broken = 0;
};
[[nodiscard]] BoundTally bound_of(const BenchRow& row);
// Of all rows whose world is honest.
[[nodiscard]] BoundTally honest_bound(const std::vector<BenchRow>& rows);

// "goal", "ok", or what is missed: "MISS rms max packets home plain-rms plain-max limits
// invariants bound".
[[nodiscard]] std::string verdict_of(const BenchRow& row, const Standing& standing);

}  // namespace slewd::tests
