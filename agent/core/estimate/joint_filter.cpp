// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/joint_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/check.hpp"

namespace slewd::core {
namespace {

// Before anything is known, the skew is uniform from -1/2 (all queues behind the server) to 1/2.
constexpr double kSkewVariance = 1.0 / 12;
// How little a fully skewed path may leave uncertain of the uniform error.
constexpr double kLeastRest = 0.1;
// Beyond five standard deviations a sample counts as if it lay there.
constexpr double kScoreLimit = 25;
// A server that admits so many times more than before may have moved by as much.
constexpr double kMoreAdmitted = 1.5;
constexpr double kPathErrorMemory = 30 * 86'400.0;  // s in which a path's error may have changed

}  // namespace

// Copies what lies below `keep_below` and from `keep_below + skip` on, then appends `grow` zeros.
void JointFilter::resize(std::size_t keep_below, std::size_t skip, std::size_t grow) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < size(); ++i)
    if (i < keep_below || i >= keep_below + skip) kept.push_back(i);
  const std::size_t length = kept.size() + grow;
  std::vector<double> state(length, 0.0);
  std::vector<double> cov(length * length, 0.0);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    state[i] = state_[kept[i]];
    for (std::size_t j = 0; j < kept.size(); ++j) cov[i * length + j] = at(kept[i], kept[j]);
  }
  state_ = std::move(state);
  cov_ = std::move(cov);
}

void JointFilter::isolate(std::size_t index, double variance) {
  for (std::size_t i = 0; i < size(); ++i) at(i, index) = at(index, i) = 0;
  at(index, index) = variance;
}

void JointFilter::add_path(double sd) {
  resize(size(), 0, kPerPath);
  error_sd_.push_back(sd);
  const std::size_t path = error_sd_.size() - 1;
  isolate(error_index(path), sd * sd);
  isolate(skew_index(path), skewed_ ? kSkewVariance : 0);
}

void JointFilter::add_route(std::size_t from, double sd_more, double sd) {
  add_path(sd);
  const std::size_t old = error_index(from);
  const std::size_t fresh = error_index(error_sd_.size() - 1);
  state_[fresh] = state_[old];
  for (std::size_t i = 0; i < size(); ++i)
    if (i != fresh) at(fresh, i) = at(i, fresh) = at(old, i);
  at(fresh, fresh) = at(old, old) + sd_more * sd_more;
}

void JointFilter::remove_path(std::size_t path) {
  resize(error_index(path), kPerPath, 0);
  error_sd_.erase(error_sd_.begin() + static_cast<std::ptrdiff_t>(path));
}

// A server that admits less than before is measured to be within it: the error is drawn to zero by
// as much as brings its variance down to what is admitted. So its walk stays within that, too.
void JointFilter::expect_error(std::size_t path, double sd) {
  const std::size_t error = error_index(path);
  if (sd > kMoreAdmitted * error_sd_[path]) widen_error(path, sd);
  error_sd_[path] = sd;
  const double excess = at(error, error) - sd * sd;
  if (excess <= 0) return;
  // With noise R = sd^2 P / (P - sd^2) the variance becomes sd^2: the total is P^2 / (P - sd^2).
  const double total = at(error, error) * at(error, error) / excess;
  gain_.resize(size());
  for (std::size_t i = 0; i < size(); ++i) gain_[i] = at(i, error);
  correct(-state_[error], total);
}

void JointFilter::widen_error(std::size_t path, double sd) {
  double& variance = at(error_index(path), error_index(path));
  variance = std::max(variance, sd * sd);
}

void JointFilter::doubt_common_error(double sd) {
  const double variance = sd * sd;
  at(0, 0) += variance;
  for (std::size_t path = 0; path < error_sd_.size(); ++path) {
    const std::size_t i = error_index(path);
    at(0, i) -= variance;
    at(i, 0) -= variance;
    for (std::size_t other = 0; other < error_sd_.size(); ++other)
      at(i, error_index(other)) += variance;
  }
}

void JointFilter::correct(double innovation, double total) {
  for (std::size_t i = 0; i < size(); ++i) state_[i] += gain_[i] / total * innovation;
  for (std::size_t i = 0; i < size(); ++i)
    for (std::size_t j = 0; j < size(); ++j) at(i, j) -= gain_[i] * gain_[j] / total;
  for (std::size_t i = 0; i < size(); ++i) at(i, i) = std::max(at(i, i), 0.0);
}

void JointFilter::set_phase(double phase, double variance) {
  state_[0] = phase;
  isolate(0, variance);
}

void JointFilter::set_frequency(double frequency, double variance) {
  state_[1] = frequency;
  isolate(1, variance);
}

void JointFilter::widen_past_frequency(double variance, double seconds) {
  at(0, 0) += variance * seconds * seconds;
  at(0, 1) += variance * seconds;
  at(1, 0) += variance * seconds;
  at(1, 1) += variance;
}

JointFilter::Forecast JointFilter::forecast(std::size_t path, double excess, double seconds) const {
  const std::size_t e = error_index(path);
  const std::size_t s = skew_index(path);
  const double q = wander_ * wander_ * seconds * seconds * seconds / 3;
  const std::array<std::pair<std::size_t, double>, 4> parts{
      {{0, 1.0}, {1, seconds}, {e, 1.0}, {s, excess}}};
  Forecast forecast{.variance = q};
  for (const auto& [i, by] : parts) {
    forecast.phase += by * state_[i];
    for (const auto& [j, and_by] : parts) forecast.variance += by * and_by * at(i, j);
  }
  return forecast;
}

void JointFilter::predict(double seconds) {
  const double t = std::max(seconds, 0.0);
  const double q = wander_ * wander_ * t;
  state_[0] += t * state_[1];
  for (std::size_t j = 0; j < size(); ++j) at(0, j) += t * at(1, j);
  for (std::size_t i = 0; i < size(); ++i) at(i, 0) += t * at(i, 1);
  at(0, 0) += q * t * t / 3;
  at(0, 1) += q * t / 2;
  at(1, 0) += q * t / 2;
  at(1, 1) += q;
  for (std::size_t path = 0; path < error_sd_.size(); ++path)
    at(error_index(path), error_index(path)) +=
        error_sd_[path] * error_sd_[path] * t / kPathErrorMemory;
}

double JointFilter::noise_of(const PathMeasurement& m) const {
  double rest = 1;
  if (skewed_) {
    const double skew = std::clamp(state_[skew_index(m.path)], -0.5, 0.5);
    rest = std::max(kLeastRest, 1 - 4 * skew * skew);
  }
  return rest * m.queue_variance + m.stamp_variance;
}

JointFilter::Foresight JointFilter::update(const PathMeasurement& m) {
  SLEWD_CHECK(m.path < error_sd_.size());
  const std::size_t error = error_index(m.path);
  const std::size_t skew = skew_index(m.path);
  // The measurement is phase + constant error + skew * excess.
  gain_.resize(size());
  for (std::size_t i = 0; i < size(); ++i)
    gain_[i] = at(i, 0) + at(i, error) + m.excess * at(i, skew);
  const double noise = noise_of(m);
  const double own = gain_[0] + gain_[error] + m.excess * gain_[skew];
  double total = std::max(own, 0.0) + noise;  // rounding must not make a variance negative
  const double innovation = m.phase - (state_[0] + state_[error] + m.excess * state_[skew]);
  const double score = innovation * innovation / total;
  const Foresight foresight{.likelihood = -0.5 * (std::log(total) + std::min(score, kScoreLimit)),
                            .innovation = innovation,
                            .score = score};
  if (score > kScoreLimit) total *= score / kScoreLimit;
  correct(innovation, total);
  return foresight;
}

bool JointFilter::sound() const {
  const auto finite = [](double value) { return std::isfinite(value); };
  return std::ranges::all_of(state_, finite) && std::ranges::all_of(cov_, finite);
}

void JointFilter::resume_from(const JointFilter& other) {
  state_ = other.state_;
  cov_ = other.cov_;
  error_sd_ = other.error_sd_;
  if (skewed_ == other.skewed_) return;
  for (std::size_t path = 0; path < error_sd_.size(); ++path) {
    state_[skew_index(path)] = 0;
    isolate(skew_index(path), skewed_ ? kSkewVariance : 0);
  }
}

}  // namespace slewd::core
