#include "agent/core/joint_filter.hpp"

#include <algorithm>
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
constexpr double kPathErrorMemory =
    30 * 86'400.0;  // s in which a path's constant error may have changed

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
  reopen_path(error_sd_.size() - 1, sd);
}

void JointFilter::remove_path(std::size_t path) {
  resize(error_index(path), kPerPath, 0);
  error_sd_.erase(error_sd_.begin() + static_cast<std::ptrdiff_t>(path));
}

void JointFilter::reopen_path(std::size_t path, double sd) {
  error_sd_[path] = sd;
  state_[error_index(path)] = 0;
  state_[skew_index(path)] = 0;
  isolate(error_index(path), sd * sd);
  isolate(skew_index(path), skewed_ ? kSkewVariance : 0);
}

void JointFilter::set_phase(double phase, double variance) {
  state_[0] = phase;
  isolate(0, variance);
}

void JointFilter::set_frequency(double frequency, double variance) {
  state_[1] = frequency;
  isolate(1, variance);
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
  for (std::size_t i = 0; i < size(); ++i) state_[i] += gain_[i] / total * innovation;
  for (std::size_t i = 0; i < size(); ++i)
    for (std::size_t j = 0; j < size(); ++j) at(i, j) -= gain_[i] * gain_[j] / total;
  for (std::size_t i = 0; i < size(); ++i) at(i, i) = std::max(at(i, i), 0.0);
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
