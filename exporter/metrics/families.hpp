// SPDX-License-Identifier: Apache-2.0
// Builds prometheus-cpp metric families from catalogue rows. A family without a sample is not
// written, so an unknown value is an absent series. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/frequency.hpp"
#include "base/timeline.hpp"
#include "exporter/metrics/catalog.hpp"

namespace prometheus {
struct ClientMetric;
struct MetricFamily;
}  // namespace prometheus

namespace slewd::exporter {

using Label = std::pair<std::string_view, std::string_view>;
using Labels = std::initializer_list<Label>;

class FamilySet {
 public:
  FamilySet();
  FamilySet(FamilySet&&) noexcept;
  FamilySet& operator=(FamilySet&&) noexcept;
  FamilySet(const FamilySet&) = delete;
  FamilySet& operator=(const FamilySet&) = delete;
  ~FamilySet();

  // A gauge's or counter's sample. An empty optional adds nothing.
  void add(MetricRef metric, double value, Labels labels = {});
  void add(MetricRef metric, std::uint64_t value, Labels labels = {});
  void add(MetricRef metric, bool value, Labels labels = {});
  void add(MetricRef metric, Nanos value, Labels labels = {});
  void add(MetricRef metric, Ppm value, Labels labels = {});
  template <class T>
  void add(MetricRef metric, const std::optional<T>& value, Labels labels = {}) {
    if (value) add(metric, *value, labels);
  }
  // `counts` are not cumulative and have one element more than `bounds`: +Inf.
  void add_histogram(MetricRef metric, std::span<const double> bounds,
                     std::span<const std::uint64_t> counts, double sum, Labels labels = {});

  // In the order of the catalogue; families without samples are left out. Empties the set.
  [[nodiscard]] std::vector<prometheus::MetricFamily> take();
  [[nodiscard]] std::size_t series() const;

 private:
  [[nodiscard]] prometheus::MetricFamily& family(MetricRef metric);
  prometheus::ClientMetric& sample_of(MetricRef metric, Labels labels);

  std::vector<prometheus::MetricFamily> families_;  // one for each catalogue row
};

}  // namespace slewd::exporter
