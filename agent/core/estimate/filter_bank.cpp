// SPDX-License-Identifier: Apache-2.0
#include "agent/core/estimate/filter_bank.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "agent/core/estimate/path_error.hpp"
#include "base/check.hpp"

namespace slewd::core {
namespace {

// From a good oven to a laptop that wakes from sleep; s/s per square root of a second.
constexpr std::array<double, 5> kWanders{1e-10, 1e-9, 1e-8, 1e-7, 1e-6};
// How likely each is before anything has been heard: on a noisy path it takes hours to decide.
constexpr std::array<double, 5> kPriors{0.28, 0.28, 0.28, 0.13, 0.03};
constexpr double kForgetting = 0.995;    // of past evidence, for each sample
constexpr double kLeastWeight = 1e-3;    // a hypothesis can always come back
constexpr double kAlive = 1.2;           // times the floor: what lies lower has been put there
constexpr double kSilentBelow = 5e-3;    // and is not asked while it has next to no weight
constexpr double kExplained = 4;         // standard deviations
constexpr double kLeap = 16;             // score: four standard deviations
constexpr double kLeapMemory = 43'200;   // s
constexpr double kLeapShare = 0.55;      // of the leaps' say, on a logarithmic scale
constexpr double kMostCounted = 3e-6;    // of a leap: what it says of those to come
constexpr double kShortestLeap = 16;     // s: over which a frequency must have leapt to show
constexpr double kLearned = 2e-6;        // standard deviation of a frequency that can leap
constexpr double kVaguePhase = 10;       // s: nothing that was known of the phase counts any more
constexpr std::ptrdiff_t kRoutes = 4;    // of one source
constexpr double kUniformSd = 0.2887;    // of what lies anywhere between -1/2 and 1/2
constexpr double kUsualLeap = 50e-6;     // of a frequency; larger ones are ever more seldom
constexpr double kLargestLeap = 500e-6;  // that a single move of the phase can be taken for
constexpr double kContradiction = 2;     // standard deviations, of a new source to the others
constexpr double kMoveMemory = 6 * 3600.0;  // s: a source that has moved may still be off
constexpr double kKnown = 20e-6;            // standard deviation of a known frequency
constexpr double kOfUnknown = 10;           // times as far may an unknown one be off
constexpr double kFrequencyShare = 0.3;     // of the moves: the frequency has leapt, not the phase
constexpr double kRestartedFrequencySd = 10e-6;
// Samples that waited longer than twice the usual say little about the oscillator, and what they
// say all has one sign when a path is congested: they are weaker evidence for a wander.
constexpr double kFullEvidence = 2;
// What waits many times longer than usual does so because something holds it, not by chance: its
// neighbours err as it does, and all together say no more than one.
constexpr double kUnusual = 20;

// A variance of days would drown all others in the rounding of a double: a move beyond what is
// vague is taken as it was seen, and only the rest is left open. In seconds.
struct Move {
  explicit Move(double by)
      : taken(std::abs(by) > kVaguePhase ? by : 0), open(std::min(std::abs(by), kVaguePhase)) {}
  double taken;
  double open;
};

}  // namespace

FilterBank::FilterBank() {
  for (const bool skewed : {false, true})
    for (std::size_t i = 0; i < kWanders.size(); ++i)
      hypotheses_.push_back({JointFilter(kWanders[i], skewed), kPriors[i] / 2});
}

void FilterBank::start(const Estimate& estimate) {
  // Each path is as far from its own samples as before.
  const Nanos begun_anew = started_ ? estimate.phase - this->estimate(estimate.at).phase : Nanos{0};
  for (Path& path : paths_) path.apart -= Move(to_seconds(begun_anew)).taken;
  anchor_ = estimate.phase;
  for (Hypothesis& each : hypotheses_) {
    JointFilter& filter = each.filter;
    if (!started_) {
      filter.set_frequency(estimate.frequency, estimate.var_frequency);
    } else {
      filter.predict(to_seconds(estimate.at - at_));
      const double sd = std::max(std::sqrt(filter.var_frequency()), kRestartedFrequencySd);
      const double other_sd = std::sqrt(estimate.var_frequency);
      if (std::abs(estimate.frequency - filter.frequency()) < kExplained * std::hypot(sd, other_sd))
        filter.set_frequency(filter.frequency(), sd * sd);
      else
        filter.set_frequency(estimate.frequency, estimate.var_frequency);
    }
    filter.set_phase(0, kVaguePhase * kVaguePhase);
  }
  at_ = estimate.at;
  started_ = true;
}

std::optional<std::size_t> FilterBank::find(PathId source, std::uint32_t route) const {
  const auto found = std::ranges::find_if(
      paths_, [&](const Path& each) { return each.source == source && each.route == route; });
  if (found == paths_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - paths_.begin());
}

// A longer route of a known source is off by what the old one was, and by what the difference of
// their delays leaves open. A shorter one shows that the old one had this error from the beginning,
// and that all which was learned from it may share it.
std::size_t FilterBank::index_of(PathId source, const DelayNoise& noise, double error_sd) {
  const auto known = find(source, noise.route);
  if (known) return *known;
  const auto routes =
      std::ranges::count_if(paths_, [&](const Path& each) { return each.source == source; });
  if (routes >= kRoutes) {
    const auto oldest = std::ranges::find(paths_, source, &Path::source);
    forget_path(static_cast<std::size_t>(oldest - paths_.begin()));
  }
  const auto old = find(source, noise.from);
  const double more = kUniformSd * std::abs(to_seconds(noise.longer));
  const bool longer = old && noise.longer > Nanos{0};
  if (old && !longer) paths_[*old].longer = std::hypot(paths_[*old].longer, more);
  const double detours = longer ? std::hypot(paths_[*old].longer, more) : 0;
  for (Hypothesis& each : hypotheses_) {
    if (longer) {
      each.filter.add_route(*old, more, std::hypot(error_sd, detours));
      continue;
    }
    if (old) each.filter.doubt_common_error(more);
    each.filter.add_path(error_sd);
  }
  paths_.push_back({.source = source,
                    .route = noise.route,
                    .longer = detours,
                    .apart = old ? paths_[*old].apart : 0,
                    .seen = at_});
  return paths_.size() - 1;
}

Surprise FilterBank::foresee(PathId source, const Sample& sample, const DelayNoise& noise) const {
  SLEWD_CHECK(started_);
  const double error_sd = path_error_sd(sample, noise.minimum);
  const auto same = find(source, noise.route);
  const auto known = same ? same : find(source, noise.from);
  const double route = same ? 0 : kUniformSd * std::abs(to_seconds(noise.longer));
  const double seconds = to_seconds(sample.at - at_);
  const double excess = to_seconds(noise.excess);
  double weight = 0, mean = 0, square = 0, variance = 0;
  for (const Hypothesis& each : hypotheses_) {
    if (each.weight < kSilentBelow) continue;
    JointFilter::Forecast forecast;
    if (known) {
      forecast = each.filter.forecast(*known, excess, std::max(seconds, 0.0));
      forecast.phase += paths_[*known].apart;
    } else {
      const double t = std::max(seconds, 0.0);
      forecast.phase = each.filter.phase() + t * each.filter.frequency();
      forecast.variance = each.filter.var_phase() + 2 * t * each.filter.covariance() +
                          t * t * each.filter.var_frequency() + error_sd * error_sd;
    }
    if (seconds < 0) forecast.phase += seconds * each.filter.frequency();
    weight += each.weight;
    mean += each.weight * forecast.phase;
    square += each.weight * forecast.phase * forecast.phase;
    variance += each.weight * forecast.variance;
  }
  mean /= weight;
  const double spread = std::max(0.0, square / weight - mean * mean);
  const double own = noise.variance() + route * route;
  return {.source = source,
          .at = sample.at,
          .residual = to_seconds(sample.phase - anchor_) - mean,
          .sd = std::sqrt(variance / weight + spread + own),
          .noise = std::sqrt(own),
          .distance = 0,
          .detour = to_seconds(noise.detour),
          .interval = std::max(seconds, 0.0)};
}

// Each hypothesis takes it for a move of the phase, but those that wander most take it for one of
// the frequency: they begin again where the best is.
void FilterBank::clock_moved(double by, double seconds, bool may_be_frequency) {
  const Move move(by);
  anchor_ += from_seconds(move.taken);
  const double rate = std::abs(by) / std::max(seconds, 1.0);
  const Hypothesis best = *std::ranges::max_element(hypotheses_, {}, &Hypothesis::weight);
  // An oscillator that is not known yet may be any; one that is known seldom becomes another.
  const double unknown = best.filter.var_frequency() > kKnown * kKnown ? kOfUnknown : 1;
  const double odds = rate / (unknown * kUsualLeap);
  const double share =
      !may_be_frequency || rate > unknown * kLargestLeap ? 0 : kFrequencyShare / (1 + odds * odds);
  double other = 0;
  for (Hypothesis& each : hypotheses_) {
    if (share > 0 && each.filter.wander() == kWanders.back()) {
      each.filter.resume_from(best.filter);
      each.filter.widen_past_frequency(rate * rate, seconds);
      each.weight = share / 2;
    } else {
      other += each.weight;
    }
    each.filter.widen_phase(move.open * move.open);
  }
  if (share <= 0) return;
  for (Hypothesis& each : hypotheses_)
    if (each.filter.wander() != kWanders.back()) each.weight *= (1 - share) / other;
}

void FilterBank::oscillator_moved(double change, double sd) {
  const Hypothesis best = *std::ranges::max_element(hypotheses_, {}, &Hypothesis::weight);
  for (Hypothesis& each : hypotheses_) {
    each.filter.set_frequency(best.filter.frequency() + change, sd * sd);
    each.filter.set_phase(best.filter.phase(), kVaguePhase * kVaguePhase);
  }
}

void FilterBank::source_moved(PathId source, double by, std::optional<std::uint32_t> route) {
  const Move move(by);
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    Path& path = paths_[i];
    if (path.source != source || (route && path.route != *route)) continue;
    path.apart += move.taken;
    path.moved = std::max(path.moved, move.open);
    for (Hypothesis& each : hypotheses_) each.filter.widen_error(i, move.open);
  }
}

// The first answer of a source says nothing of the frequency: where it contradicts the others, its
// path is off by that. Of two sources either may be.
void FilterBank::doubt_newcomer(PathId source, double by) {
  if (paths_.size() == 1) return;
  source_moved(source, by, std::nullopt);
  const PathId first = paths_.front().source;
  const auto is_first = [&](const Path& each) { return each.source == first; };
  const auto others = std::ranges::count_if(paths_, is_first);
  if (static_cast<std::size_t>(others) + 1 == paths_.size())
    source_moved(first, Move(by).open, std::nullopt);
}

void FilterBank::add(PathId source, const Sample& sample, const DelayNoise& noise) {
  SLEWD_CHECK(started_);
  const double admitted = path_error_sd(sample, noise.minimum);
  const bool is_new = std::ranges::find(paths_, source, &Path::source) == paths_.end();
  const Surprise beside = foresee(source, sample, noise);
  PathMeasurement measurement{.path = index_of(source, noise, admitted),
                              .excess = to_seconds(noise.excess),
                              .queue_variance = noise.of_queues()};
  if (is_new && std::abs(beside.residual) > kContradiction * beside.sd)
    doubt_newcomer(source, beside.residual);
  Path& path = paths_[measurement.path];
  path.moved *= std::exp(-to_seconds(std::max(sample.at - path.seen, Nanos{0})) / kMoveMemory);
  path.seen = sample.at;
  const double error_sd =
      std::sqrt(admitted * admitted + path.longer * path.longer + path.moved * path.moved);
  for (Hypothesis& each : hypotheses_) each.filter.expect_error(measurement.path, error_sd);
  const double full = kFullEvidence * to_seconds(noise.typical) + noise.floor;
  const double share = full / std::max(full, measurement.excess);
  const double unusual = std::max(1.0, measurement.excess / (kUnusual * full));
  measurement.queue_variance *= unusual * unusual;
  // Answers of several servers may come in an order that differs from that of their moments.
  const double late = std::max(0.0, to_seconds(at_ - sample.at));
  const RawTime when = std::max(at_, sample.at);
  const double interval = to_seconds(when - at_);
  const auto best = std::ranges::max_element(hypotheses_, {}, &Hypothesis::weight);
  const bool learned = best->filter.var_frequency() < kLearned * kLearned;
  likelihoods_.clear();
  for (Hypothesis& each : hypotheses_) {
    each.filter.predict(interval);
    const double drift = late * late * each.filter.var_frequency();
    measurement.phase =
        to_seconds(sample.phase - anchor_) - path.apart + late * each.filter.frequency();
    measurement.stamp_variance = noise.of_stamps() + drift;
    const auto foresight = each.filter.update(measurement);
    likelihoods_.push_back(foresight.likelihood);
    if (&each == &*best) count_leap(foresight, interval, learned);
  }
  at_ = when;
  weigh(likelihoods_, share * share);
  if (!sound()) {
    *this = FilterBank();  // the caller sees that it has not started, and begins anew
    return;
  }
  revive_the_dead();
  const Estimate believed = estimate(when);
  const double sd = std::sqrt(believed.var_phase + noise.variance());
  const double apart = std::abs(to_seconds(sample.phase - believed.phase));
  unexplained_ = std::max(0.0, apart - kExplained * sd);
}

bool FilterBank::sound() const {
  return std::ranges::all_of(hypotheses_, [](const Hypothesis& each) {
    return std::isfinite(each.weight) && each.filter.sound();
  });
}

void FilterBank::weigh(const std::vector<double>& likelihoods, double evidence) {
  const double best = *std::ranges::max_element(likelihoods);
  double total = 0;
  for (std::size_t i = 0; i < hypotheses_.size(); ++i) {
    double& weight = hypotheses_[i].weight;
    weight = std::pow(weight, kForgetting) * std::exp(evidence * (likelihoods[i] - best));
    total += weight;
  }
  double sum = 0;
  for (Hypothesis& each : hypotheses_) {
    each.weight = std::max(each.weight / total, kLeastWeight);
    sum += each.weight;
  }
  for (Hypothesis& each : hypotheses_) each.weight /= sum;
}

// A wrong hypothesis may stray as far as it likes: it begins again where the best one is, so that
// it is of use at once when the oscillator or the path changes.
void FilterBank::revive_the_dead() {
  const Hypothesis& best = *std::ranges::max_element(hypotheses_, {}, &Hypothesis::weight);
  for (Hypothesis& each : hypotheses_)
    if (&each != &best && each.weight < kAlive * kLeastWeight) each.filter.resume_from(best.filter);
}

void FilterBank::forget(PathId source) {
  for (std::size_t i = paths_.size(); i > 0; --i)
    if (paths_[i - 1].source == source) forget_path(i - 1);
}

void FilterBank::forget_paths() {
  while (!paths_.empty()) forget_path(paths_.size() - 1);
}

void FilterBank::forget_path(std::size_t index) {
  for (Hypothesis& each : hypotheses_) each.filter.remove_path(index);
  paths_.erase(paths_.begin() + static_cast<std::ptrdiff_t>(index));
}

void FilterBank::shift(Nanos shift, double sd) {
  anchor_ += shift;
  for (Hypothesis& each : hypotheses_) each.filter.widen_phase(sd * sd);
}

void FilterBank::doubt_frequency(RawTime when, double sd) {
  const double ahead = std::max(0.0, to_seconds(when - at_));
  for (Hypothesis& each : hypotheses_) {
    each.filter.predict(ahead);
    each.filter.widen_frequency(sd * sd);
  }
  at_ = std::max(at_, when);
}

void FilterBank::hold_frequency(double frequency, double sd) {
  for (Hypothesis& each : hypotheses_) each.filter.set_frequency(frequency, sd * sd);
}

// A sample far from what the best hypothesis foretold: the frequency has leapt, by as much as
// explains the distance. A wander that moves the phase so far in the same time would have
// 3 * distance^2 / interval^3; half a day's mean of that is kept. Answers of several servers lie
// too close together to distinguish a leap from a queue.
void FilterBank::count_leap(const JointFilter::Foresight& foresight, double interval,
                            bool learned) {
  leaps_ *= std::exp(-interval / kLeapMemory);
  if (foresight.score < kLeap || !learned) return;
  const double speed = foresight.innovation / std::max(interval, kShortestLeap);
  const double counted = std::min(std::abs(speed), kMostCounted);
  leaps_ += 3 * counted * counted / kLeapMemory;
}

double FilterBank::wander_to_expect() const {
  const double usual = wander();
  return std::max(usual, std::pow(usual, 1 - kLeapShare) * std::pow(std::sqrt(leaps_), kLeapShare));
}

double FilterBank::wander() const {
  // The geometric mean: the hypotheses are decades apart.
  double logarithm = 0;
  for (const Hypothesis& each : hypotheses_)
    logarithm += each.weight * std::log(each.filter.wander());
  return std::exp(logarithm);
}

Estimate FilterBank::estimate(RawTime when) const {
  SLEWD_CHECK(started_);
  const double ahead = std::max(0.0, to_seconds(when - at_));
  double weight = 0, phase = 0, frequency = 0;
  const auto heard = [](const Hypothesis& each) { return each.weight >= kSilentBelow; };
  for (const Hypothesis& each : hypotheses_) {
    if (!heard(each)) continue;
    weight += each.weight;
    phase += each.weight * (each.filter.phase() + ahead * each.filter.frequency());
    frequency += each.weight * each.filter.frequency();
  }
  phase /= weight;
  frequency /= weight;
  double var_phase = 0, covariance = 0, var_frequency = 0;
  for (const Hypothesis& each : hypotheses_) {
    if (!heard(each)) continue;
    const JointFilter& f = each.filter;
    const double q = f.wander() * f.wander() * ahead;
    const double apart = f.phase() + ahead * f.frequency() - phase;
    const double faster = f.frequency() - frequency;
    var_phase +=
        each.weight * (f.var_phase() + 2 * ahead * f.covariance() +
                       ahead * ahead * f.var_frequency() + q * ahead * ahead / 3 + apart * apart);
    covariance +=
        each.weight * (f.covariance() + ahead * f.var_frequency() + q * ahead / 2 + apart * faster);
    var_frequency += each.weight * (f.var_frequency() + q + faster * faster);
  }
  return {.at = when < at_ ? at_ : when,
          .phase = anchor_ + from_seconds(phase),
          .frequency = frequency,
          .var_phase = var_phase / weight,
          .covariance = covariance / weight,
          .var_frequency = var_frequency / weight};
}

}  // namespace slewd::core
