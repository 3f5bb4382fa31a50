#include "agent/core/kalman_filter.hpp"

#include <cmath>

#include "base/check.hpp"

namespace slewd::core {

double Estimate::sd_at(RawTime when) const {
  const double t = to_seconds(when - at);
  return std::sqrt(var_phase + 2 * t * covariance + t * t * var_frequency);
}

Estimate Estimate::carried_to(RawTime when) const {
  const double t = to_seconds(when - at);
  Estimate next = *this;
  next.at = when;
  next.phase = phase_at(when);
  next.var_phase = var_phase + 2 * t * covariance + t * t * var_frequency;
  next.covariance = covariance + t * var_frequency;
  return next;
}

void KalmanFilter::start(const Sample& sample, double variance, double frequency,
                         double sd_frequency) {
  state_ = Estimate{.at = sample.at,
                    .phase = sample.phase,
                    .frequency = frequency,
                    .var_phase = variance,
                    .covariance = 0,
                    .var_frequency = sd_frequency * sd_frequency};
}

void KalmanFilter::shift(Nanos shift, double sd) {
  if (!state_) return;
  state_->phase += shift;
  state_->var_phase += sd * sd;
}

void KalmanFilter::doubt_frequency(RawTime when, double sd) {
  if (!state_) return;
  state_ = predict(when);
  state_->var_frequency += sd * sd;
}

Estimate KalmanFilter::predict(RawTime when) const {
  SLEWD_CHECK(state_.has_value());
  Estimate next = *state_;
  const double t = to_seconds(when - state_->at);
  const double q = wander_ * wander_ * std::abs(t);
  next.phase = state_->phase_at(when);
  next.at = when;
  next.var_phase += 2 * t * state_->covariance + t * t * state_->var_frequency + q * t * t / 3;
  next.covariance += t * state_->var_frequency + q * t / 2;
  next.var_frequency += q;
  return next;
}

void KalmanFilter::update(const Sample& sample, double variance) {
  Estimate prior = predict(sample.at);
  const double innovation = to_seconds(sample.phase - prior.phase);
  const double total = prior.var_phase + variance;
  const double gain_phase = prior.var_phase / total;
  const double gain_frequency = prior.covariance / total;
  prior.phase += from_seconds(gain_phase * innovation);
  prior.frequency += gain_frequency * innovation;
  const double var_phase = prior.var_phase;
  const double covariance = prior.covariance;
  prior.var_phase = (1 - gain_phase) * var_phase;
  prior.covariance = (1 - gain_phase) * covariance;
  prior.var_frequency -= gain_frequency * covariance;
  state_ = prior;
}

}  // namespace slewd::core
