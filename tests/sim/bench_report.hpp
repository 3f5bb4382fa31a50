// SPDX-License-Identifier: Apache-2.0
// The page of results and its plots, written by bench_discipline --write.
#pragma once

#include <filesystem>

#include "tests/sim/bench_rows.hpp"

namespace slewd::tests {

// The whole page. `command` is how it was made.
[[nodiscard]] std::string results_page(const std::vector<BenchRow>& rows, const Peers& peers,
                                       const std::string& command);

// Writes the page to `page`, and one plot for each of a few scenarios, which are run once more, to
// images/discipline/ beside it.
[[nodiscard]] Result<void> write_results(const std::filesystem::path& page,
                                         const std::vector<BenchRow>& rows, const Peers& peers,
                                         const std::string& command);

}  // namespace slewd::tests
