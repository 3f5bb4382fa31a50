// SPDX-License-Identifier: Apache-2.0
#include "exporter/metrics/families.hpp"

#include <string>

#include <prometheus/metric_family.h>

#include "exporter/seconds.hpp"

namespace slewd::exporter {
namespace {

constexpr std::size_t kSamplesOfALabelledMetric = 16;

prometheus::MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::gauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::counter:
      return prometheus::MetricType::Counter;
    case MetricKind::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

FamilySet::FamilySet() : families_(kCatalog.size()) {}
FamilySet::FamilySet(FamilySet&&) noexcept = default;
FamilySet& FamilySet::operator=(FamilySet&&) noexcept = default;
FamilySet::~FamilySet() = default;

prometheus::MetricFamily& FamilySet::family(MetricRef metric) {
  prometheus::MetricFamily& family = families_[metric.index()];
  if (family.name.empty()) {
    family.name = metric.info().name;
    family.help = metric.info().help;
    family.type = type_of(metric.info().kind);
    // A labelled metric has several samples: growing one by one would move them again and again.
    if (!metric.info().labels.empty()) family.metric.reserve(kSamplesOfALabelledMetric);
  }
  return family;
}

prometheus::ClientMetric& FamilySet::sample_of(MetricRef metric, Labels labels) {
  prometheus::ClientMetric& sample = family(metric).metric.emplace_back();
  sample.label.reserve(labels.size());
  for (const auto& [name, text] : labels) {
    sample.label.push_back({std::string(name), std::string(text)});
  }
  return sample;
}

void FamilySet::add(MetricRef metric, double value, Labels labels) {
  prometheus::ClientMetric& sample = sample_of(metric, labels);
  if (metric.info().kind == MetricKind::counter) {
    sample.counter.value = value;
  } else {
    sample.gauge.value = value;
  }
}

void FamilySet::add(MetricRef metric, std::uint64_t value, Labels labels) {
  add(metric, static_cast<double>(value), labels);
}
void FamilySet::add(MetricRef metric, bool value, Labels labels) {
  add(metric, value ? 1.0 : 0.0, labels);
}
void FamilySet::add(MetricRef metric, Nanos value, Labels labels) {
  add(metric, decimal_seconds(value), labels);
}
void FamilySet::add(MetricRef metric, Ppm value, Labels labels) {
  add(metric, value.value / 1e6, labels);
}

void FamilySet::add_histogram(MetricRef metric, std::span<const double> bounds,
                              std::span<const std::uint64_t> counts, double sum, Labels labels) {
  prometheus::ClientMetric::Histogram& out = sample_of(metric, labels).histogram;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    cumulative += counts[i];
    out.bucket.push_back({cumulative, bounds[i]});
  }
  out.sample_count = cumulative + counts[bounds.size()];
  out.sample_sum = sum;
}

std::vector<prometheus::MetricFamily> FamilySet::take() {
  std::vector<prometheus::MetricFamily> taken(kCatalog.size());
  taken.swap(families_);
  std::erase_if(taken, [](const auto& family) { return family.metric.empty(); });
  return taken;
}

std::size_t FamilySet::series() const {
  std::size_t count = 0;
  for (const prometheus::MetricFamily& family : families_) {
    for (const prometheus::ClientMetric& sample : family.metric) {
      const std::size_t buckets = sample.histogram.bucket.size();
      count += family.type == prometheus::MetricType::Histogram ? buckets + 3 : 1;
    }
  }
  return count;
}

}  // namespace slewd::exporter
