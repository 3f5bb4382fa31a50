// Two-state Kalman filter (phase, frequency) for a clock whose frequency takes a random walk.
// Derivation in docs/discipline.md.
#pragma once

#include <optional>

#include "agent/core/sample.hpp"

namespace slewd::core {

class KalmanFilter {
 public:
  // `wander`: random walk of the frequency in s/s per square root of a second, 1e-10 to 1e-6.
  explicit KalmanFilter(double wander) : wander_(wander) {}

  // The oscillator turned out to be of another kind.
  void set_wander(double wander) { wander_ = wander; }

  // Begins anew at `sample`, with a frequency known to `sd_frequency` (ratio).
  void start(const Sample& sample, double variance, double frequency, double sd_frequency);

  // Takes a sample whose phase has `variance` (s^2). The caller has judged that it is no spike.
  void update(const Sample& sample, double variance);

  // RAW stood still: the phase has moved by `shift`, known to `sd` seconds.
  void shift(Nanos shift, double sd);
  // From `when` on the frequency is less certain, by the standard deviation `sd` (ratio).
  void doubt_frequency(RawTime when, double sd);

  [[nodiscard]] bool started() const { return state_.has_value(); }
  // The state carried to `when`, with its uncertainty grown by the wander. CHECKs started().
  [[nodiscard]] Estimate predict(RawTime when) const;

 private:
  double wander_;
  std::optional<Estimate> state_;
};

}  // namespace slewd::core
