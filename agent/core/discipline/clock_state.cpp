// SPDX-License-Identifier: Apache-2.0
#include "agent/core/discipline/clock_state.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/core/estimate/error_bound.hpp"

namespace slewd::core {
namespace {

constexpr double kRmsMemory = 1.0 / 16;
constexpr Ppm kLeastDoubt{2};
constexpr double kWellLearned = 0.5;  // of the doubt at the start that samples must have taken away
constexpr Ppm kVague{20};             // standard deviation
constexpr double kBaseShare = 0.9;    // of what the driver can do

Ppm sd_of_frequency(const Estimate& estimate) {
  return from_ratio(std::sqrt(estimate.var_frequency));
}

bool is_vague(const Estimate& estimate) {
  return std::sqrt(estimate.var_frequency) > to_ratio(kVague);
}

}  // namespace

// An oscillator that was known well may have aged, or warmed up, since.
void ClockState::expect_frequency(const std::optional<DriftRecord>& record) {
  expected_ = record;
  if (expected_) expected_->uncertainty = std::max(expected_->uncertainty, kLeastDoubt);
}

CombinedSample ClockState::compare(const Estimate& combined, const Reference& reference,
                                   const ClockReading& now) {
  CombinedSample sample;
  sample.estimate = combined;
  sample.sources = reference.sources;
  sample.at = now.mono;
  sample.poll_interval = reference.poll_interval;
  sample.residual = combined.phase_at(now.raw) - estimate_->phase_at(now.raw);
  const double before = estimate_->sd_at(now.raw);
  const double after = combined.sd_at(now.raw);
  sample.sd = std::sqrt(before * before + after * after);
  last_surprise_ = std::abs(to_seconds(sample.residual)) / sample.sd;
  const auto& host = reference.host;
  sample.vouched = host && magnitude(sample.residual - host->by) <= host->uncertainty;
  return sample;
}

void ClockState::accept(const Estimate& estimate, const Reference& reference,
                        const ClockReading& now) {
  estimate_ = estimate;
  if (!reference.open)
    trust_.note(from_ratio(estimate.frequency), sd_of_frequency(estimate), reference.sources,
                now.mono);
  reference_ = reference;
  dissent_ = Nanos{0};
  majority_lost_ = false;
  if (last_update_) update_interval_ = now.mono - *last_update_;
  last_update_ = now.mono;
  const double seconds = to_seconds(offset(now));
  const double weight = update_interval_ ? kRmsMemory : 1;
  mean_square_offset_ += weight * (seconds * seconds - mean_square_offset_);
  const auto* const bucket = std::ranges::lower_bound(OffsetHistogram::kBounds, std::abs(seconds));
  ++offsets_.counts[static_cast<std::size_t>(bucket - OffsetHistogram::kBounds.begin())];
  offsets_.sum += std::abs(seconds);
  note_history(now);
}

void ClockState::doubt(Nanos size, double rate) {
  reference_.unexplained = std::max(reference_.unexplained, size);
  reference_.unexplained_rate = std::max(reference_.unexplained_rate, rate);
}

bool ClockState::lose_majority(const ClockReading& now) {
  if (std::exchange(majority_lost_, true)) return false;
  note_history(now);
  return true;
}

void ClockState::on_jump(const ClockEvent& event, RawTime now) {
  if (!estimate_) return;
  if (event.frequency_sd > 0) {
    estimate_ = estimate_->carried_to(now);
    trust_.expect_change();
  }
  estimate_->phase += event.phase_shift;
  estimate_->var_phase += event.phase_sd * event.phase_sd;
  estimate_->var_frequency += event.frequency_sd * event.frequency_sd;
}

void ClockState::follow_step(Nanos step) {
  if (!estimate_) return;
  estimate_->phase += step;
  dissent_ += magnitude(step);
}

void ClockState::note_history(const ClockReading& now) {
  if (majority_lost_)
    history_.push_back({.at = now.mono, .wall = now.wall, .growth = {}, .known = false});
  else if (estimate_)
    history_.push_back({.at = now.mono,
                        .wall = now.wall,
                        .offset = offset(now),
                        .bound = error_bound(now),
                        .growth = bound_growth()});
}

Nanos ClockState::error_bound(const ClockReading& now) const {
  return core::error_bound({.offset = offset(now),
                            .root_delay = reference_.root_delay,
                            .root_dispersion = reference_.root_dispersion,
                            .sd = estimate_->sd_at(now.raw),
                            .age = now.raw - estimate_->at,
                            .interval = reference_.interval,
                            .unexplained = std::max(reference_.unexplained, dissent_),
                            .unexplained_rate = reference_.unexplained_rate});
}

Ppm ClockState::bound_growth() const {
  return from_ratio(kBoundDrift + reference_.unexplained_rate);
}

std::optional<DriftRecord> ClockState::expected_frequency() const {
  if (!estimate_) return expected_;
  return DriftRecord{from_ratio(estimate_->frequency),
                     std::max(sd_of_frequency(*estimate_), kLeastDoubt)};
}

std::optional<std::string> ClockState::take_frequency_news() {
  const FrequencyState state = trust_.state();
  const bool ended = state == FrequencyState::plausible;
  if (state == told_frequency_ || (state < told_frequency_ && !ended)) return std::nullopt;
  told_frequency_ = state;
  return ended ? "the frequency that the sources show is plausible again" : trust_.doubt();
}

// Some room must be left to slew.
Ppm ClockState::frequency_limit(Ppm most) const {
  return std::min(trust_.limit(), most * kBaseShare);
}

DriftRecord ClockState::base_frequency(Phase phase, Ppm most) const {
  const bool unsure = phase == Phase::unset || phase == Phase::spike || phase == Phase::alarm ||
                      phase == Phase::holdover;
  const Ppm wanted = unsure ? held_frequency() : known_frequency();
  const double limit = frequency_limit(most).value;
  return {Ppm{std::clamp(wanted.value, -limit, limit)},
          estimate_ ? sd_of_frequency(*estimate_) : Ppm{0}};
}

// A slew ends with its lease.
Ppm ClockState::excess(Ppm base) const {
  const auto proven = trust_.proven();
  return proven && trust_.implausible() ? *proven - base : Ppm{0};
}

// A frequency that is still vague stays near what is held.
Ppm ClockState::known_frequency() const {
  const Ppm held = held_frequency();
  if (!estimate_) return held;
  const Ppm found = from_ratio(estimate_->frequency);
  if (!is_vague(*estimate_) || magnitude(held) > kPlausibleOscillator) return found;
  return std::clamp(found, held - kUnknownOscillator, held + kUnknownOscillator);
}

// What has been proven, else the better known of what the samples and the drift file say.
Ppm ClockState::held_frequency() const {
  if (const auto proven = trust_.proven()) return *proven;
  const DriftRecord before = expected_.value_or(DriftRecord{Ppm{0}, kUnknownOscillator});
  // Samples that contradict each other show no frequency.
  const bool learned =
      estimate_ && reference_.unexplained == Nanos{0} &&
      std::sqrt(estimate_->var_frequency) < kWellLearned * to_ratio(before.uncertainty);
  return learned ? from_ratio(estimate_->frequency) : before.frequency;
}

// A frequency that is vague, or that rests on samples that contradict each other, is not what the
// clock should follow for hours without another sample.
std::optional<DriftRecord> ClockState::hold_frequency() {
  if (!estimate_) return std::nullopt;
  if (!is_vague(*estimate_) && reference_.unexplained == Nanos{0}) return std::nullopt;
  const double change = to_ratio(held_frequency()) - estimate_->frequency;
  if (change == 0) return std::nullopt;
  estimate_->frequency += change;
  estimate_->var_frequency += change * change;
  return DriftRecord{from_ratio(estimate_->frequency), sd_of_frequency(*estimate_)};
}

ClockView ClockState::view(const ClockReading& now) const {
  ClockView view;
  view.frequency_state = trust_.state();
  view.frequency_doubt = trust_.doubt();
  view.last_update = last_update_;
  view.update_interval = update_interval_;
  if (!estimate_) return view;
  view.offset = offset(now);
  view.error_bound = error_bound(now);
  view.bound_growth = bound_growth();
  view.jitter = from_seconds(estimate_->sd_at(now.raw));
  view.rms_offset = from_seconds(std::sqrt(mean_square_offset_));
  view.root_delay = reference_.root_delay;
  view.root_dispersion = reference_.root_dispersion;
  view.frequency = from_ratio(estimate_->frequency);
  view.skew = sd_of_frequency(*estimate_);
  view.stratum = reference_.stratum;
  view.leap = reference_.leap;
  return view;
}

}  // namespace slewd::core
