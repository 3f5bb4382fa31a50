// SPDX-License-Identifier: Apache-2.0
// Writes metric families as Prometheus text 0.0.4 or OpenMetrics 1.0, with doubles that read back
// exactly, and chooses between the two from an Accept header. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace slewd::exporter {

enum class Format { text, open_metrics };

[[nodiscard]] std::string_view content_type(Format format);

// OpenMetrics when the client prefers it (Accept with q-values), text otherwise: a header that
// cannot be parsed gets the format that every client reads.
[[nodiscard]] Format negotiate(std::string_view accept);

// Appends the families. Bytes that are not UTF-8 become U+FFFD: one bad label must not
// make the whole page unreadable.
void write_families(const std::vector<prometheus::MetricFamily>& families, Format format,
                    std::string& out);

// The text after the last family: "# EOF" in OpenMetrics.
[[nodiscard]] std::string_view trailer(Format format);

}  // namespace slewd::exporter
