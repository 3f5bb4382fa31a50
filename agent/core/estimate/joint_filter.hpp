// SPDX-License-Identifier: Apache-2.0
// One hypothesis about the oscillator and the paths to all servers: a Kalman filter that takes
// every server's samples, since they all measure the same oscillator (docs/design/discipline.md,
// "One filter"). State: phase, frequency, and for each path (a server by one route) its error (an
// asymmetry, and what the server itself is off, which no statistics of that path can show) and its
// skew (which share of a queueing delay is an error of
// one sign).
#pragma once

#include <cstddef>
#include <vector>

namespace slewd::core {

// What one exchange says, in seconds. `phase` counts from the bank's anchor.
struct PathMeasurement {
  std::size_t path = 0;  // index in order of add_path()
  double phase = 0;
  double excess = 0;          // round trip beyond the path's least
  double queue_variance = 0;  // s^2: what the queues leave uncertain on a path without skew
  double stamp_variance = 0;  // s^2: what everything else does
};

class JointFilter {
 public:
  // `wander`: random walk of the frequency in s/s per square root of a second. `skewed`: whether
  // this hypothesis gives paths a skew at all.
  JointFilter(double wander, bool skewed) : wander_(wander), skewed_(skewed) {}

  // `sd`: standard deviation of the path's error, s.
  void add_path(double sd);
  // A path whose error is that of path `from` and more, with the standard deviation `sd_more`: the
  // same server by another route. `sd` as above.
  void add_route(std::size_t from, double sd_more, double sd);
  void remove_path(std::size_t path);
  // What is admitted of the path's error now, s: it is never less certain than that.
  void expect_error(std::size_t path, double sd);
  // The error may have moved: it is not known better than to `sd`, s.
  void widen_error(std::size_t path, double sd);

  // What all paths share may be an error: the phase may be off by `sd`, s, and the errors by as
  // much the other way. What is measured stays as well known as it was.
  void doubt_common_error(double sd);

  // The phase anew; all correlations with it are forgotten.
  void set_phase(double phase, double variance);
  void set_frequency(double frequency, double variance);
  // The phase may have moved: adds to its uncertainty.
  void widen_phase(double variance) { at(0, 0) += variance; }
  // The oscillator may be another: the same for the frequency (ratio squared).
  void widen_frequency(double variance) { at(1, 1) += variance; }
  // The same where it may have been another for the last `seconds` already.
  void widen_past_frequency(double variance, double seconds);

  void predict(double seconds);
  // How well the measurement was foretold.
  struct Foresight {
    double likelihood = 0;  // its logarithm, less a constant
    double innovation = 0;  // s: measured less foretold
    double score = 0;       // innovation^2 over its variance
  };
  Foresight update(const PathMeasurement& measurement);
  // False when numbers have run away; nothing it says means anything then.
  [[nodiscard]] bool sound() const;
  // Begins again from what `other` believes, under this hypothesis.
  void resume_from(const JointFilter& other);

  // What the measurement is foretold to be, s, and the variance of that without its own noise, s^2.
  struct Forecast {
    double phase = 0;
    double variance = 0;
  };
  [[nodiscard]] Forecast forecast(std::size_t path, double excess, double seconds) const;

  [[nodiscard]] double wander() const { return wander_; }
  [[nodiscard]] double phase() const { return state_[0]; }
  [[nodiscard]] double frequency() const { return state_[1]; }
  [[nodiscard]] double var_phase() const { return at(0, 0); }
  [[nodiscard]] double covariance() const { return at(0, 1); }
  [[nodiscard]] double var_frequency() const { return at(1, 1); }

 private:
  static constexpr std::size_t kCommon = 2;   // phase, frequency
  static constexpr std::size_t kPerPath = 2;  // constant error, skew
  [[nodiscard]] static std::size_t error_index(std::size_t path) { return kCommon + 2 * path; }
  [[nodiscard]] static std::size_t skew_index(std::size_t path) { return kCommon + 2 * path + 1; }
  [[nodiscard]] double at(std::size_t i, std::size_t j) const { return cov_[i * size() + j]; }
  double& at(std::size_t i, std::size_t j) { return cov_[i * size() + j]; }
  [[nodiscard]] std::size_t size() const { return state_.size(); }
  void resize(std::size_t keep_below, std::size_t skip, std::size_t grow);
  void isolate(std::size_t index, double variance);
  // By the gains in gain_, of a measurement whose innovation has the variance `total`.
  void correct(double innovation, double total);
  [[nodiscard]] double noise_of(const PathMeasurement& measurement) const;

  double wander_;
  bool skewed_;
  std::vector<double> state_ = {0, 0};
  std::vector<double> cov_ = {0, 0, 0, 0};  // row by row, symmetric
  std::vector<double> error_sd_;            // of each path, as admitted last
  std::vector<double> gain_;                // scratch of update()
};

}  // namespace slewd::core
