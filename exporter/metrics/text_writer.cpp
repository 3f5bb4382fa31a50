// SPDX-License-Identifier: Apache-2.0
#include "exporter/metrics/text_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include <prometheus/metric_family.h>

#include "base/text.hpp"
#include "exporter/metrics/catalog.hpp"
#include "exporter/utf8.hpp"

namespace slewd::exporter {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Backslash and newline are escaped in HELP; label values (and HELP in OpenMetrics) also escape the
// double quote. Nearly every text needs no escaping.
void append_escaped(std::string_view text, bool quotes, std::string& out) {
  const auto plain = [](char c) {
    return c != '\\' && c != '\n' && c != '"' && (static_cast<unsigned char>(c) & 0x80U) == 0;
  };
  if (std::all_of(text.begin(), text.end(), plain)) {
    out += text;
    return;
  }
  for (const char c : to_utf8(text)) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

// Whole numbers in full ("1000000", not "1e+06"): most values are counters or 0 and 1, and printing
// those as integers is also several times cheaper.
void append_number(double value, std::string& out) {
  constexpr double kWhole = 1e15;
  if (value != std::floor(value) || std::abs(value) >= kWhole) {
    out += format_number(value);
    return;
  }
  std::array<char, 20> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::int64_t>(value));
  out.append(digits.data(), end.ptr);
}

// A histogram's `le` is part of the series' name, so it is written as the usual clients write it:
// "0.0001", "1e-05". OpenMetrics wants canonical floats, "1.0" and never "1".
std::string bound_text(double bound, Format format) {
  std::array<char, 32> digits{};
  char* const end =
      std::to_chars(digits.data(), digits.data() + digits.size(), bound, std::chars_format::general)
          .ptr;
  std::string text(digits.data(), end);
  if (format == Format::open_metrics &&
      text.find_first_not_of("-0123456789") == std::string::npos) {
    text += ".0";
  }
  return text;
}

struct Writer {
  Format format;
  std::string& out;

  void sample(std::string_view name, std::string_view suffix, const ClientMetric& metric,
              double value, std::optional<std::string_view> le = {}) const {
    out.append(name).append(suffix);
    char separator = '{';
    for (const ClientMetric::Label& label : metric.label) {
      out += separator;
      out.append(label.name).append("=\"");
      append_escaped(label.value, true, out);
      out += '"';
      separator = ',';
    }
    if (le) {
      out += separator;
      out.append("le=\"").append(*le).append("\"");
      separator = ',';
    }
    if (separator == ',') out += '}';
    out += ' ';
    append_number(value, out);
    out += '\n';
  }

  void head(const MetricFamily& family, std::string_view name, std::string_view type) const {
    out.append("# HELP ").append(name).append(" ");
    append_escaped(family.help, format == Format::open_metrics, out);
    out.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
    const std::string_view unit = unit_of(family.name);
    if (format == Format::open_metrics && !unit.empty()) {
      out.append("# UNIT ").append(name).append(" ").append(unit).append("\n");
    }
  }

  void histogram(const MetricFamily& family, const ClientMetric& metric) const {
    for (const ClientMetric::Bucket& bucket : metric.histogram.bucket) {
      sample(family.name, "_bucket", metric, static_cast<double>(bucket.cumulative_count),
             bound_text(bucket.upper_bound, format));
    }
    const auto count = static_cast<double>(metric.histogram.sample_count);
    const bool has_infinity =
        !metric.histogram.bucket.empty() && std::isinf(metric.histogram.bucket.back().upper_bound);
    if (!has_infinity) sample(family.name, "_bucket", metric, count, "+Inf");
    sample(family.name, "_sum", metric, metric.histogram.sample_sum);
    sample(family.name, "_count", metric, count);
  }

  void family(const MetricFamily& family) const {
    std::string_view name = family.name;
    std::string_view suffix;
    switch (family.type) {
      case MetricType::Counter:
        // OpenMetrics names the family without the suffix that its samples carry.
        if (format == Format::open_metrics && name.ends_with("_total")) {
          suffix = "_total";
          name.remove_suffix(suffix.size());
        }
        head(family, name, "counter");
        for (const ClientMetric& metric : family.metric) {
          sample(name, suffix, metric, metric.counter.value);
        }
        break;
      case MetricType::Histogram:
        head(family, name, "histogram");
        for (const ClientMetric& metric : family.metric) histogram(family, metric);
        break;
      default:
        head(family, name, "gauge");
        for (const ClientMetric& metric : family.metric) {
          sample(name, "", metric, metric.gauge.value);
        }
        break;
    }
  }
};

// One element of Accept: its media type, and the quality that RFC 9110 section 12.4.2 gives it.
struct MediaRange {
  std::string type;
  double quality = 1;
};

MediaRange parse_range(std::string_view element) {
  const auto parts = split(element, ';');
  MediaRange range;
  range.type = lower_case(trim(parts.front()));
  for (std::size_t i = 1; i < parts.size(); ++i) {
    std::string_view parameter = trim(parts[i]);
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    parameter.remove_prefix(2);
    // "0", "0.5", "1.000": at most three decimals; anything else counts as 0.
    double quality = 0;
    double scale = 1;
    bool point = false;
    for (const char c : parameter.substr(0, 5)) {
      if (c == '.' && !point) {
        point = true;
      } else if (c >= '0' && c <= '9') {
        if (point) scale /= 10;
        quality = point ? quality + (c - '0') * scale : quality * 10 + (c - '0');
      } else {
        quality = 0;
        break;
      }
    }
    range.quality = quality > 1 ? 0 : quality;
  }
  return range;
}

}  // namespace

std::string_view content_type(Format format) {
  return format == Format::open_metrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

Format negotiate(std::string_view accept) {
  double open_metrics = 0;
  double text = 0;
  for (const std::string_view element : split(accept, ',')) {
    const MediaRange range = parse_range(element);
    if (range.type == "application/openmetrics-text") {
      // We write version 1.0.0 only; older clients ask for 0.0.1, which reads the same text.
      open_metrics = std::max(open_metrics, range.quality);
    } else if (range.type == "text/plain" || range.type == "text/*" || range.type == "*/*") {
      text = std::max(text, range.quality);
    }
  }
  return open_metrics > 0 && open_metrics >= text ? Format::open_metrics : Format::text;
}

void write_families(const std::vector<MetricFamily>& families, Format format, std::string& out) {
  const Writer writer{format, out};
  for (const MetricFamily& family : families) writer.family(family);
}

std::string_view trailer(Format format) { return format == Format::open_metrics ? "# EOF\n" : ""; }

}  // namespace slewd::exporter
