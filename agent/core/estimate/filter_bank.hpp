// SPDX-License-Identifier: Apache-2.0
// What all believed samples say together about true time against RAW. It is not known how much this
// oscillator wanders, nor whether the paths queue in one direction only: the bank holds a filter
// for each answer, weighs them by how well they foretell the samples, and speaks for all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "agent/core/estimate/delay_model.hpp"
#include "agent/core/estimate/joint_filter.hpp"
#include "agent/core/estimate/move_judge.hpp"
#include "agent/core/sample.hpp"

namespace slewd::core {

class FilterBank {
 public:
  FilterBank();

  [[nodiscard]] bool started() const { return started_; }
  [[nodiscard]] RawTime known_at() const { return at_; }  // of the newest sample that was taken
  // Begins, or begins again, near `estimate`. A frequency that is known already is kept, but no
  // better than a fresh oscillator's. The phase stays vague until the samples of the sources that
  // made the estimate are added: only so do the filters know that their errors are in it.
  void start(const Estimate& estimate);
  // A sample of a source that selection believes. `started()` must hold; should the numbers run
  // away, it does not hold afterwards.
  void add(PathId source, const Sample& sample, const DelayNoise& noise);
  void forget(PathId source);
  // Keeps the phase and the frequency.
  void forget_paths();
  // How far `sample` lies from what is believed, without taking it. `started()` must hold.
  [[nodiscard]] Surprise foresee(PathId source, const Sample& sample,
                                 const DelayNoise& noise) const;
  // The clock has moved by about `by` s, some time in the last `seconds`: the phase is open.
  // Whether its frequency is what has changed, the samples that follow say.
  // `may_be_frequency`: false where a change of route is part of what was seen.
  void clock_moved(double by, double seconds, bool may_be_frequency = true);
  // The frequency is another by `change`, known to `sd`; the phase is open.
  void oscillator_moved(double change, double sd);
  // The source is off by about `by` s more or less than before.
  // `route`: only by this one.
  void source_moved(PathId source, double by, std::optional<std::uint32_t> route = std::nullopt);
  // RAW stood still: the phase has moved by `shift`, known to `sd` seconds.
  void shift(Nanos shift, double sd);
  // From `when` on the frequency is less certain, by the standard deviation `sd` (ratio).
  void doubt_frequency(RawTime when, double sd);
  // The frequency is `frequency` since the newest sample, as far as is known: ratio, with its
  // standard deviation.
  void hold_frequency(double frequency, double sd);

  // The mixture, carried to `when`. `started()` must hold.
  [[nodiscard]] Estimate estimate(RawTime when) const;
  // By how much the newest sample lies beyond four standard deviations of what is believed now:
  // a surprise is not followed at once, and until it is the bound must contain it.
  [[nodiscard]] Nanos unexplained() const { return from_seconds(unexplained_); }
  // The wander that the samples speak for, s/s per square root of a second.
  [[nodiscard]] double wander() const;
  // The wander to be ready for: larger when the oscillator has taken leaps in the last half day
  // that the present wander does not explain.
  [[nodiscard]] double wander_to_expect() const;

 private:
  struct Hypothesis {
    JointFilter filter;
    double weight = 0;
  };
  // A source by one route.
  struct Path {
    PathId source = 0;
    std::uint32_t route = 0;
    double longer = 0;  // s: standard deviation of what this route adds to the source's error
    double apart = 0;   // s: so far off it was seen to be, where that is beyond all errors
    double moved = 0;   // s: by so much the source has moved lately
    RawTime seen;       // when its last sample was taken
  };
  [[nodiscard]] std::optional<std::size_t> find(PathId source, std::uint32_t route) const;
  void doubt_newcomer(PathId source, double by);
  [[nodiscard]] std::size_t index_of(PathId source, const DelayNoise& noise, double error_sd);
  void forget_path(std::size_t index);
  void count_leap(const JointFilter::Foresight& foresight, double interval, bool learned);
  [[nodiscard]] bool sound() const;
  void weigh(const std::vector<double>& likelihoods, double evidence);
  void revive_the_dead();

  bool started_ = false;
  RawTime at_;
  Nanos anchor_{};  // phases of the filters count from here
  std::vector<Hypothesis> hypotheses_;
  std::vector<Path> paths_;
  double unexplained_ = 0;           // s
  double leaps_ = 0;                 // wander^2 that the surprises of the last hours amount to
  std::vector<double> likelihoods_;  // scratch of add()
};

}  // namespace slewd::core
