// SPDX-License-Identifier: Apache-2.0
// The figures of one run, gathered sample by sample at 1 Hz of true time, with the definitions by
// which other daemons were measured (tests/sim/peers.json), so that they compare.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/timeline.hpp"
#include "sim/scenario/scenario.hpp"

namespace slewd::sim {

inline constexpr Nanos kSamplePeriod = std::chrono::seconds{1};

// Errors are in seconds, |wall less truth| unless signed; frequencies are ratios.
struct RunFigures {
  // From statistics_from on.
  double rms = 0;
  double max = 0;
  double p99 = 0;
  double mean = 0;  // signed
  double rms_frequency = 0;
  double max_frequency = 0;
  // Over the whole run: since when the error was below that for the hold time; empty = never.
  std::optional<double> t_128ms;  // held 1800 s
  std::optional<double> t_1ms;    // held 1800 s
  std::optional<double> t_100us;  // held 600 s
  double overshoot = 0;           // largest error on the other side of the truth than at the start
  // Of the watched time, when the scenario has one.
  double before_rms = 0;
  double event_max = 0;
  double event_end = 0;  // signed
  double after_max = 0;
  std::optional<double> recover_1ms;  // after its end; held 1800 s
  // With limits: when the last sample beyond them was, plus one.
  double sync = 0;
};

class FigureGatherer {
 public:
  explicit FigureGatherer(const Scenario& scenario);

  // `error`: true time less wall. `now` is the time since the start; it rises.
  void add(Nanos now, Nanos error, Ppm frequency);
  [[nodiscard]] RunFigures finish();

 private:
  // When a condition first holds and then goes on to hold for a time.
  struct Hold {
    double below;
    Nanos time;
    std::optional<Nanos> since{};
    bool reached = false;
    void add(Nanos now, double size);
    [[nodiscard]] std::optional<double> when(Nanos origin = {}) const;
  };
  void add_event(Nanos now, double error, double size);

  Nanos statistics_from_;
  std::optional<Window> watched_;
  std::optional<RunLimits> limits_;
  std::vector<double> sizes_;
  double sum_ = 0;
  double sum_of_squares_ = 0;
  double frequency_squares_ = 0;
  double first_error_ = 0;
  bool has_first_ = false;
  double before_squares_ = 0;
  std::uint64_t before_count_ = 0;
  std::array<Hold, 3> holds_{{{0.128, std::chrono::seconds{1800}},
                              {1e-3, std::chrono::seconds{1800}},
                              {100e-6, std::chrono::seconds{600}}}};
  Hold recovery_{1e-3, std::chrono::seconds{1800}};
  RunFigures figures_;
};

// The middle value, or the mean of the two middle ones; 0 of nothing.
[[nodiscard]] double median(std::vector<double> values);

}  // namespace slewd::sim
