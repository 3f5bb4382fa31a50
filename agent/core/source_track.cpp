#include "agent/core/source_track.hpp"

#include <algorithm>
#include <cmath>

#include "agent/core/line_fit.hpp"
#include "base/check.hpp"

namespace slewd::core {
namespace {

constexpr double kDispersionRate = 15e-6;  // RFC 5905 PHI: what an unwatched clock may drift
constexpr double kTailBegins = 3.0;        // standard deviations: beyond, a sample counts for less
constexpr double kUnexplained = 6.0;       // standard deviations
constexpr int kSurprisesAllowed = 4;
constexpr int kSurprisesInHold = 2;           // what is believed there has little behind it
constexpr double kImpossibleFrequency = 0.1;  // ratio: beyond what any driver corrects
constexpr double kShortestSpan = 1;           // s: over which a frequency is measured
constexpr double kWidening = 30;  // of the frequency's doubt, for a filter that began wrong
constexpr double kFreshFrequencySd = 10e-6;  // after a jump the oscillator is mostly the same one

}  // namespace

void SourceTrack::expect_frequency(double frequency, double sd) {
  expected_frequency_ = frequency;
  sd_expected_ = sd;
}

void SourceTrack::restart_from(const Sample& sample, double variance) {
  filter_.start(sample, variance, expected_frequency_, sd_expected_);
  dissent_.clear();
  surprises_ = 0;
}

// It was wrong, and at the least by what explains this surprise.
void SourceTrack::doubt_expected_frequency(Nanos residual, Nanos since_last) {
  const double implied =
      std::abs(to_seconds(residual)) / std::max(to_seconds(since_last), kShortestSpan);
  sd_expected_ = std::min(std::max(sd_expected_ * kWidening, implied), kImpossibleFrequency);
}

bool SourceTrack::add(const Sample& sample, Nanos threshold, bool accept_any) {
  last_noise_ = delays_.add(sample);
  const double variance = last_noise_.variance();
  const Nanos since_last = last_ ? sample.at - last_->at : Nanos{0};
  last_ = sample;
  if (!filter_.started()) {
    restart_from(sample, variance);
    return false;
  }

  const Estimate prior = filter_.predict(sample.at);
  const Nanos residual = sample.phase - prior.phase;
  const double sd = std::sqrt(prior.var_phase + variance);
  const Nanos limit = std::max(threshold, from_seconds(8 * sd));
  if (magnitude(residual) <= limit) {
    dissent_.clear();
    // A heavy tail by weight: the likelihood beyond three deviations falls off like 1/x^2.
    const double score = std::abs(to_seconds(residual)) / sd;
    const double excess = score > kTailBegins ? (score * score) / (kTailBegins * kTailBegins) : 1;
    surprises_ = score > kUnexplained ? surprises_ + 1 : 0;
    if (surprises_ == 0) restarts_ = 0;
    filter_.update(sample, variance * excess);
    // A server that moved while the frequency was still vague looks like an impossible oscillator;
    // a filter that is surprised again and again is certain of something wrong.
    const double frequency = filter_.predict(sample.at).frequency;
    const int allowed = accept_any ? kSurprisesInHold : kSurprisesAllowed;
    if (surprises_ < allowed && std::abs(frequency) <= kImpossibleFrequency) return false;
    doubt_expected_frequency(residual, since_last);
    restart_from(sample, variance);
    return true;
  }
  if (accept_any) {
    expected_frequency_ = prior.frequency;
    sd_expected_ = std::max(std::sqrt(prior.var_frequency), kFreshFrequencySd);
    // Again and again far off: it is not the phase alone that is unknown.
    const bool again = ++restarts_ > 1 || surprises_ > 0;
    if (again) doubt_expected_frequency(residual, since_last);
    restart_from(sample, variance);
    return again;
  }
  if (dissent_.size() == kDissentKept) dissent_.erase(dissent_.begin());
  dissent_.push_back({sample, variance});
  return false;
}

// What the dissenting samples say of the frequency, once they are enough and differ from `prior` by
// more than their own noise explains.
double SourceTrack::dissent_frequency(double prior) const {
  if (dissent_.size() < kDissentForFrequency) return prior;
  std::vector<Point> points;
  double variance = 0;
  for (const Remembered& each : dissent_) {
    points.push_back({to_seconds(each.sample.at - dissent_.front().sample.at),
                      to_seconds(each.sample.phase - dissent_.front().sample.phase)});
    variance = std::max(variance, each.variance);
  }
  const LineFit line = fit_line(points);
  const double doubt = kUnexplained * std::sqrt(variance) / std::max(points.back().x, 1.0);
  return std::abs(line.slope - prior) > doubt + kFreshFrequencySd ? line.slope : prior;
}

void SourceTrack::adopt_dissent() {
  if (dissent_.empty()) return;
  const Estimate prior = filter_.predict(dissent_.front().sample.at);
  const double slope = dissent_frequency(prior.frequency);
  const std::vector<Remembered> believed = std::move(dissent_);
  expected_frequency_ = slope;
  // The oscillator itself may be what has changed: what moved it so far is not yet known well.
  sd_expected_ = std::max(
      {std::sqrt(prior.var_frequency), kFreshFrequencySd, std::abs(slope - prior.frequency) / 4});
  restart_from(believed.front().sample, believed.front().variance);
  for (std::size_t i = 1; i < believed.size(); ++i)
    filter_.update(believed[i].sample, believed[i].variance);
}

void SourceTrack::shift(Nanos shift, double sd) {
  filter_.shift(shift, sd);
  dissent_.clear();
  if (last_) last_->phase += shift;
}

void SourceTrack::settle() {
  if (dissent_.size() == kDissentKept) adopt_dissent();
}

SourceTrack::Claim SourceTrack::claim(RawTime when) const {
  SLEWD_CHECK(has_claim());
  Claim claim{.estimate = filter_.predict(when), .dissents = !dissent_.empty()};
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
