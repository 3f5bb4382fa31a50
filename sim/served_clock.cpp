// SPDX-License-Identifier: Apache-2.0
#include "sim/served_clock.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kFirstExchange = 500ms;  // after boot, and up to a second more
constexpr int kBurst = 4;                // exchanges of the quick start
constexpr Nanos kBurstPoll = 2s;
constexpr Nanos kPoll = 64s;
constexpr std::size_t kFewestSamples = 3;
constexpr std::size_t kMostSamples = 64;
constexpr double kStepThreshold = 1;  // s; larger errors are stepped away, but
constexpr int kStepUpdates = 3;       // only by the first updates
constexpr double kFastestSlew = 1.0 / 12;
constexpr double kSlowestSlew = 1e4;             // s
constexpr double kUncertainAmount = 1.5;         // standard deviations that one poll may slew
constexpr double kCredibleSkew = 1e-3;           // a wider one says nothing of the frequency
constexpr double kAgeing = 15e-6;                // RFC 5905: PHI
constexpr double kPrecision = 1e-6;              // s
constexpr double kUnsynchronisedDispersion = 1;  // s

double square(double x) { return x * x; }

// Two-sided 99.9 % quantile of Student's distribution, to 2 %.
double student(std::size_t degrees) {
  constexpr std::array kOfFew{636.6, 31.6, 12.92, 8.61, 6.87};
  if (degrees <= kOfFew.size()) return kOfFew.at(degrees - 1);
  return 3.29 + 12.5 / static_cast<double>(degrees);
}

// Whether residuals change their sign so seldom that a line is no model of the samples
// (Wald and Wolfowitz's test by the normal distribution, one-sided 5 %).
bool too_few_runs(std::size_t runs, std::size_t samples) {
  const auto n = static_cast<double>(samples);
  return static_cast<double>(runs) < n / 2 + 1 - 1.64 * std::sqrt(n - 1) / 2;
}

}  // namespace

ServedClock::ServedClock(const UpstreamLaw& law, Random oscillator, Random path, TrueTime start)
    : law_(law),
      booted_(start - law.up_for),
      oscillator_({.frequency = law.frequency, .wander = law.wander}, oscillator, booted_,
                  RawTime{}),
      path_(path),
      next_exchange_(booted_ + kFirstExchange + from_seconds(path_.uniform())),
      correction_(to_seconds(law.ahead)) {}

ServedClock::Reading ServedClock::read(TrueTime now) {
  for (; next_exchange_ <= now; next_exchange_ += exchanges_ < kBurst ? kBurstPoll : kPoll)
    exchange(next_exchange_);
  const double raw = raw_seconds(now);
  Reading reading;
  reading.ahead =
      from_seconds(correction_at(raw)) + oscillator_.raw_at(now).since_epoch - (now - booted_);
  reading.synchronised = updates_ > 0;
  reading.root_dispersion = from_seconds(kUnsynchronisedDispersion);
  if (!reading.synchronised) return reading;
  const double age = raw - since_;
  const double left = std::abs(slew_rate_) * std::max(slew_time_ - age, 0.0);
  reading.root_delay = from_seconds(round_trip_);
  reading.root_dispersion = from_seconds(kPrecision + offset_sd_ + left + age * (kAgeing + skew_));
  reading.age = from_seconds(age);
  return reading;
}

void ServedClock::exchange(TrueTime now) {
  ++exchanges_;
  const double up = to_seconds(path_.exponential(law_.jitter));
  const double down = to_seconds(path_.exponential(law_.jitter));
  const double raw = raw_seconds(now);
  const double lead = to_seconds((now - booted_) - oscillator_.raw_at(now).since_epoch);
  samples_.push_back({raw, lead + (up - down) / 2, 2 * to_seconds(law_.delay) + up + down});
  if (samples_.size() > kMostSamples) samples_.erase(samples_.begin());
  if (samples_.size() < kFewestSamples) return;
  Line line = fit();
  while (samples_.size() > kFewestSamples && too_few_runs(line.runs, samples_.size())) {
    samples_.erase(samples_.begin());
    line = fit();
  }
  follow(line, raw);
}

// Weighted least squares. What came later than the quickest of the samples counts less: the more it
// waited, the less is known of where.
ServedClock::Line ServedClock::fit() const {
  Line line;
  line.least_delay = std::ranges::min(samples_, {}, &Sample::round_trip).round_trip;
  const double usual = to_seconds(law_.jitter) + kPrecision;
  const double origin = samples_.back().raw;
  double w = 0;
  double wx = 0;
  double wy = 0;
  double wxx = 0;
  double wxy = 0;
  const auto weight_of = [&](const Sample& sample) {
    return 1 / square(1 + (sample.round_trip - line.least_delay) / 2 / usual);
  };
  for (const Sample& sample : samples_) {
    const double weight = weight_of(sample);
    const double x = sample.raw - origin;
    w += weight;
    wx += weight * x;
    wy += weight * sample.lead;
    wxx += weight * x * x;
    wxy += weight * x * sample.lead;
  }
  const double determinant = w * wxx - wx * wx;
  line.slope = (w * wxy - wx * wy) / determinant;
  line.lead = (wy - line.slope * wx) / w;
  double squares = 0;
  bool above = false;
  for (const Sample& sample : samples_) {
    const double residual = sample.lead - line.lead - line.slope * (sample.raw - origin);
    squares += weight_of(sample) * square(residual);
    if (line.runs == 0 || above != (residual > 0)) ++line.runs;
    above = residual > 0;
  }
  const std::size_t degrees = samples_.size() - 2;
  const double variance = squares / static_cast<double>(degrees);
  line.lead_sd = std::sqrt(variance * wxx / determinant);
  line.skew = student(degrees) * std::sqrt(variance * w / determinant);
  return line;
}

void ServedClock::follow(const Line& line, double raw) {
  ++updates_;
  correction_ = correction_at(raw);
  const double interval = std::max(raw - since_, to_seconds(kBurstPoll));
  since_ = raw;
  if (line.skew < kCredibleSkew) {
    const double gain = square(skew_) / (square(skew_) + square(line.skew));
    const double change = gain * (line.slope - frequency_);
    frequency_ += change;
    skew_ += gain * (line.skew - skew_);
  }
  offset_sd_ = line.lead_sd;
  round_trip_ = line.least_delay;
  const double wanted = line.lead - correction_;
  slew_rate_ = slew_time_ = 0;
  if (std::abs(wanted) > kStepThreshold && updates_ <= kStepUpdates) {
    correction_ += wanted;
  } else if (wanted != 0) {
    const double slowly = kUncertainAmount * line.lead_sd * std::min(interval, to_seconds(kPoll));
    slew_time_ = std::clamp(slowly / std::abs(wanted), std::abs(wanted) / kFastestSlew,
                            std::max(kSlowestSlew, std::abs(wanted) / kFastestSlew));
    slew_rate_ = wanted / slew_time_;
  }
}

double ServedClock::raw_seconds(TrueTime now) {
  return to_seconds(oscillator_.raw_at(now).since_epoch);
}

double ServedClock::correction_at(double raw) const {
  const double elapsed = raw - since_;
  return correction_ + frequency_ * elapsed + slew_rate_ * std::min(elapsed, slew_time_);
}

}  // namespace slewd::sim
