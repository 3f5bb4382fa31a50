// SPDX-License-Identifier: Apache-2.0
// A run as a picture: the error over time, the bound that was published, and the phases.
#pragma once

#include <span>
#include <string>

#include "sim/scenario/scenario_run.hpp"

namespace slewd::sim {

// An SVG document of its own. Grey stripes are times in another phase than Sync. Empty series give
// empty axes.
[[nodiscard]] std::string plot_svg(std::string_view title, std::span<const SeriesPoint> series);

}  // namespace slewd::sim
