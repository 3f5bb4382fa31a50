// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/source_track.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace slewd::core {
namespace {

constexpr double kDispersionRate = 15e-6;  // RFC 5905 PHI: what an unwatched clock may drift
constexpr double kTailBegins = 3.0;        // standard deviations: beyond, a sample counts for less
constexpr double kMoved = 6.0;             // standard deviations: the source shows another level
constexpr double kOnLine = 0.1;            // of its height: how far a point may lie from a line
constexpr double kFreshFrequencySd = 10e-6;  // after a jump the oscillator is mostly the same one

}  // namespace

void SourceTrack::follow(double frequency, double sd, double wander) {
  frequency_ = frequency;
  sd_frequency_ = sd;
  wander_ = wander;
  if (!level_) return;
  level_->frequency = frequency;
  level_->var_frequency = sd * sd;
}

void SourceTrack::begin_at(const Sample& sample, double variance) {
  level_ = Estimate{.at = sample.at,
                    .phase = sample.phase,
                    .frequency = frequency_,
                    .var_phase = variance,
                    .covariance = 0,
                    .var_frequency = sd_frequency_ * sd_frequency_};
  dissent_.clear();
}

Estimate SourceTrack::predict(RawTime when) const {
  SLEWD_CHECK(level_.has_value());
  Estimate next = level_->carried_to(when);
  const double t = std::abs(to_seconds(when - level_->at));
  next.var_phase += wander_ * wander_ * t * t * t / 3;
  return next;
}

void SourceTrack::update(const Sample& sample, double variance) {
  Estimate next = predict(sample.at);
  const double gain = next.var_phase / (next.var_phase + variance);
  next.phase += from_seconds(gain * to_seconds(sample.phase - next.phase));
  next.var_phase *= 1 - gain;
  next.covariance = 0;
  level_ = next;
}

void SourceTrack::add(Sample sample, Nanos threshold, bool accept_any) {
  const DelayNoise before = last_noise_;
  last_noise_ = delays_.add(sample);
  if (asymmetry_ != 0) sample.phase += from_seconds(asymmetry_ * to_seconds(last_noise_.excess));
  last_ = sample;
  if (!known_since_) known_since_ = sample.at;
  const double variance = last_noise_.variance();
  if (!level_) return begin_at(sample, variance);
  const Estimate prior = predict(sample.at);
  const Nanos residual = sample.phase - prior.phase;
  const double sd = std::sqrt(prior.var_phase + variance);
  // Another route may be off by half of what it is longer or shorter.
  const Nanos by_route = before.route == last_noise_.route
                             ? Nanos{0}
                             : magnitude(last_noise_.minimum - before.minimum) / 2;
  const Nanos limit = std::max(threshold, by_route + from_seconds(8 * sd));
  if (magnitude(residual) > limit && !accept_any) {
    if (dissent_.size() == kDissentKept) dissent_.erase(dissent_.begin());
    dissent_.push_back({sample, variance});
    return;
  }
  // Another level is taken at once: the claim is what the source says now.
  const double score = std::abs(to_seconds(residual)) / sd;
  if (score > kMoved) return begin_at(sample, variance);
  dissent_.clear();
  // A heavy tail by weight: the likelihood beyond three deviations falls off like 1/x^2.
  const double excess = score > kTailBegins ? (score * score) / (kTailBegins * kTailBegins) : 1;
  update(sample, variance * excess);
}

LineFit SourceTrack::dissent_line() const {
  const Sample& first = dissent_.front().sample;
  std::vector<Point> points;
  for (const Remembered& each : dissent_)
    points.push_back(
        {to_seconds(each.sample.at - first.at), to_seconds(each.sample.phase - first.phase)});
  return fit_line(points);
}

double SourceTrack::dissent_span() const {
  return to_seconds(dissent_.back().sample.at - dissent_.front().sample.at);
}

// What the dissenting samples say of the frequency, once they are enough and differ from `prior` by
// more than their own noise explains.
double SourceTrack::dissent_frequency(double prior) const {
  if (dissent_.size() < kDissentForFrequency) return prior;
  double variance = 0;
  for (const Remembered& each : dissent_) variance = std::max(variance, each.variance);
  const double slope = dissent_line().slope;
  const double doubt = kMoved * std::sqrt(variance) / std::max(dissent_span(), 1.0);
  return std::abs(slope - prior) > doubt + kFreshFrequencySd ? slope : prior;
}

std::optional<RawTime> SourceTrack::dissents_since() const {
  if (dissent_.empty()) return std::nullopt;
  return dissent_.front().sample.at;
}

Nanos SourceTrack::moved_since(RawTime from) const {
  if (!dissent_.empty()) {
    const Sample& newest = dissent_.back().sample;
    return newest.phase - predict(newest.at).phase;
  }
  return adopted_ && adopted_->since >= from ? adopted_->by : Nanos{0};
}

bool SourceTrack::dissents_as_oscillator() const {
  if (dissent_.size() < kDissentKept) return false;
  const Sample& first = dissent_.front().sample;
  const Estimate prior = predict(first.at);
  const double faster = dissent_frequency(prior.frequency) - prior.frequency;
  if (faster == 0) return false;
  if (dissent_line().worst > kOnLine * std::abs(faster) * dissent_span()) return false;
  const double left = to_seconds(first.phase - prior.phase) / faster;  // s before the first
  const double since = to_seconds(first.at - level_->at);
  return left >= 0 && left <= (1 + kOnLine) * since;
}

void SourceTrack::adopt_dissent() {
  if (dissent_.empty()) return;
  const Estimate prior = predict(dissent_.front().sample.at);
  const double slope = dissent_frequency(prior.frequency);
  const std::vector<Remembered> believed = std::move(dissent_);
  // The oscillator itself may be what has changed: what moved it so far is not yet known well.
  const double sd = std::max(
      {std::sqrt(prior.var_frequency), kFreshFrequencySd, std::abs(slope - prior.frequency) / 4});
  follow(slope, sd, wander_);
  const Sample& first = believed.front().sample;
  adopted_ = {.since = first.at, .by = first.phase - prior.phase};
  begin_at(first, believed.front().variance);
  for (std::size_t i = 1; i < believed.size(); ++i)
    update(believed[i].sample, believed[i].variance);
}

void SourceTrack::shift(Nanos shift, double sd) {
  if (level_) {
    level_->phase += shift;
    level_->var_phase += sd * sd;
  }
  dissent_.clear();
  if (last_) last_->phase += shift;
}

void SourceTrack::settle() {
  if (dissent_.size() == kDissentKept) adopt_dissent();
}

SourceTrack::Claim SourceTrack::claim(RawTime when) const {
  SLEWD_CHECK(has_claim());
  Claim claim{.estimate = predict(when), .dissents = !dissent_.empty()};
  claim.age_variance = std::max(0.0, claim.estimate.var_phase - level_->var_phase);
  if (claim.dissents) {
    const Sample& newest = dissent_.back().sample;
    claim.estimate.frequency = dissent_frequency(claim.estimate.frequency);
    claim.estimate.phase =
        newest.phase + from_seconds(claim.estimate.frequency * to_seconds(when - newest.at));
  }
  return claim;
}

Nanos SourceTrack::root_distance(RawTime now) const {
  if (!last_) return Nanos{0};
  return (last_->root_delay + last_->delay) / 2 + last_->root_dispersion + last_->precision +
         age_dispersion(now);
}

Nanos SourceTrack::age_dispersion(RawTime now) const {
  if (!last_) return Nanos{0};
  return from_seconds(kDispersionRate * std::max(0.0, to_seconds(now - last_->at)));
}

}  // namespace slewd::core
