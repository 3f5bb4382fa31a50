// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/figures.hpp"

#include <algorithm>
#include <cmath>

namespace slewd::sim {

FigureGatherer::FigureGatherer(const Scenario& scenario)
    : statistics_from_(scenario.statistics_from),
      watched_(scenario.watched),
      limits_(scenario.limits) {
  const double samples = to_seconds(scenario.length - statistics_from_);
  sizes_.reserve(static_cast<std::size_t>(std::max(samples, 0.0)) + 1);
}

void FigureGatherer::Hold::add(Nanos now, double size) {
  if (reached) return;
  if (size >= below) {
    since.reset();
    return;
  }
  if (!since) since = now;
  reached = now - *since >= time;
}

std::optional<double> FigureGatherer::Hold::when(Nanos origin) const {
  if (!reached) return std::nullopt;
  return to_seconds(*since - origin);
}

void FigureGatherer::add(Nanos now, Nanos error_by, Ppm frequency) {
  const double error = -to_seconds(error_by);
  const double size = std::abs(error);
  const double rate = std::abs(to_ratio(frequency));
  if (!has_first_) first_error_ = error;
  has_first_ = true;
  if (error * first_error_ < 0) figures_.overshoot = std::max(figures_.overshoot, size);
  for (Hold& hold : holds_) hold.add(now, size);
  if (limits_ && (magnitude(error_by) > limits_->time || rate > to_ratio(limits_->frequency)))
    figures_.sync = to_seconds(now + kSamplePeriod);
  if (watched_) add_event(now, error, size);
  if (now < statistics_from_) return;
  sizes_.push_back(size);
  sum_ += error;
  sum_of_squares_ += error * error;
  frequency_squares_ += rate * rate;
  figures_.max_frequency = std::max(figures_.max_frequency, rate);
}

void FigureGatherer::add_event(Nanos now, double error, double size) {
  if (now < watched_->from) {
    if (now < statistics_from_) return;
    before_squares_ += error * error;
    ++before_count_;
  } else if (now <= watched_->to) {
    figures_.event_max = std::max(figures_.event_max, size);
    figures_.event_end = error;
  } else {
    figures_.after_max = std::max(figures_.after_max, size);
    recovery_.add(now, size);
  }
}

RunFigures FigureGatherer::finish() {
  figures_.t_128ms = holds_[0].when();
  figures_.t_1ms = holds_[1].when();
  figures_.t_100us = holds_[2].when();
  if (watched_) figures_.recover_1ms = recovery_.when(watched_->to);
  if (before_count_ > 0)
    figures_.before_rms = std::sqrt(before_squares_ / static_cast<double>(before_count_));
  if (sizes_.empty()) return figures_;
  const auto count = static_cast<double>(sizes_.size());
  figures_.rms = std::sqrt(sum_of_squares_ / count);
  figures_.mean = sum_ / count;
  figures_.rms_frequency = std::sqrt(frequency_squares_ / count);
  figures_.max = *std::max_element(sizes_.begin(), sizes_.end());
  const auto rank = static_cast<std::ptrdiff_t>(0.99 * (count - 1));
  std::nth_element(sizes_.begin(), sizes_.begin() + rank, sizes_.end());
  figures_.p99 = sizes_[static_cast<std::size_t>(rank)];
  return figures_;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace slewd::sim
