// SPDX-License-Identifier: Apache-2.0
// The textbook client that slewd must never be much worse than: for each server a least-squares
// line over its last samples, outliers cut; the median of the servers and those near it; ideal
// steering. It gets the replies that slewd's engine gets, and nothing else.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "sim/scenario/scenario_run.hpp"

#include "tests/sim/client_samples.hpp"
#include "tests/sim/ideal_clock.hpp"

namespace slewd::tests {

// What slewd may be more than the plain reference, in any scenario.
inline constexpr double kMostPlainRms = 1.05;
inline constexpr double kMostPlainMax = 1.1;

// The line through one server's samples.
class PlainLine {
 public:
  // `frequency` is what is believed before the samples say it, and `sd` how firmly; ratios.
  PlainLine(double frequency, double sd) : prior_(frequency), prior_sd_(sd), slope_(frequency) {}

  void add(const core::Sample& sample);

  [[nodiscard]] Nanos lead_at(RawTime raw) const;  // true time less RAW
  [[nodiscard]] double slope() const { return slope_; }
  [[nodiscard]] double sd_at(RawTime raw) const;  // of the lead, in seconds
  [[nodiscard]] double distance() const;          // root distance of the newest sample, in seconds
  // Whether it has answered lately, as it did before.
  [[nodiscard]] bool is_fresh(RawTime raw) const;
  [[nodiscard]] RawTime newest() const { return samples_.back().at; }

 private:
  void fit();
  void cut_by_delay();
  [[nodiscard]] bool cut_by_residual();
  void solve();
  [[nodiscard]] bool has_too_few_runs() const;
  [[nodiscard]] bool has_moved() const;

  struct Point {
    double x = 0;  // seconds before the newest sample
    double y = 0;  // lead less that of the newest sample
    double residual = 0;
    double variance = 0;
    bool used = true;
  };

  double prior_;
  double prior_sd_;
  std::deque<core::Sample> samples_;
  std::vector<Point> points_;
  double slope_;
  double level_ = 0;  // of the line at the newest sample, above it
  double slope_sd_ = 0;
  double level_sd_ = 0;
};

class PlainReference final : public sim::RunWatcher {
 public:
  // `scenario` must outlive it.
  explicit PlainReference(const sim::Scenario& scenario)
      : gatherer_(scenario), moves_(external_moves(scenario)) {}

  void begin(sim::EngineHost& host) override;
  void second(sim::EngineHost& host, Nanos elapsed, Nanos error) override;
  void on_sample(const core::Endpoint& server, const core::Sample& sample);
  // For a judge that shows the replies itself.
  void prepare(sim::EngineHost& host);

  [[nodiscard]] sim::RunFigures finish() { return gatherer_.finish(); }
  [[nodiscard]] Nanos error() const { return error_; }  // true time less its clock

 private:
  struct Belief {
    Nanos lead{};
    double frequency = 0;
  };
  [[nodiscard]] std::optional<Belief> believe(RawTime raw) const;

  sim::FigureGatherer gatherer_;
  std::vector<ExternalMove> moves_;
  std::size_t moved_ = 0;
  std::optional<IdealClock> clock_;
  std::map<std::uint32_t, PlainLine> lines_;  // by the server's address
  double prior_ = 0;
  double prior_sd_ = 0;
  Nanos error_{};
};

}  // namespace slewd::tests
