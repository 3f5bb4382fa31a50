// SPDX-License-Identifier: Apache-2.0
// Holds a page to the text format of OpenMetrics 1.0, since promtool reads 0.0.4 only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slewd::exporter {

// One line for each fault; empty for a page without.
[[nodiscard]] std::vector<std::string> lint_open_metrics(std::string_view page);

}  // namespace slewd::exporter
