// SPDX-License-Identifier: Apache-2.0
#include "exporter/metrics/catalog.hpp"

namespace slewd::exporter {
namespace {

std::string_view kind_name(MetricKind kind) {
  switch (kind) {
    case MetricKind::gauge:
      return "gauge";
    case MetricKind::counter:
      return "counter";
    case MetricKind::histogram:
      return "histogram";
  }
  return "";
}

std::string label_cell(std::string_view labels) {
  std::string cell;
  while (!labels.empty()) {
    const std::size_t comma = labels.find(',');
    if (!cell.empty()) cell += ", ";
    cell.append("`").append(labels.substr(0, comma)).append("`");
    labels = comma == std::string_view::npos ? std::string_view{} : labels.substr(comma + 1);
  }
  return cell;
}

}  // namespace

std::string_view unit_of(std::string_view metric_name) {
  constexpr std::string_view kTotal = "_total";
  if (metric_name.ends_with(kTotal)) metric_name.remove_suffix(kTotal.size());
  for (const std::string_view unit : {"seconds", "bytes", "ratio"}) {
    if (metric_name.ends_with(unit) && metric_name.size() > unit.size() &&
        metric_name[metric_name.size() - unit.size() - 1] == '_') {
      return unit;
    }
  }
  return {};
}

std::string catalog_markdown() {
  std::string out = "| name | type | unit | labels | meaning |\n|---|---|---|---|---|\n";
  for (const MetricInfo& row : kCatalog) {
    out.append("| `").append(row.name).append("` | ").append(kind_name(row.kind)).append(" | ");
    out.append(unit_of(row.name)).append(" | ").append(label_cell(row.labels)).append(" | ");
    out.append(row.help).append(" |\n");
  }
  return out;
}

}  // namespace slewd::exporter
