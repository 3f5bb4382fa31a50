// SPDX-License-Identifier: Apache-2.0
// The discipline's table for people, for the documentation and for machines.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/bench_rows.hpp"

namespace slewd::tests {

[[nodiscard]] std::string text_table(const std::vector<BenchRow>& rows, const Peers& peers);
// One sentence: how often the bound contained the truth in the rows whose world is honest.
[[nodiscard]] std::string bound_sentence(const std::vector<BenchRow>& rows);
// The lines of text_table for a page.
[[nodiscard]] std::string markdown_table(const std::vector<BenchRow>& rows, const Peers& peers);
// Every figure of every row, and per seed.
[[nodiscard]] std::string json_table(const std::vector<BenchRow>& rows, const Peers& peers);
// "15.7 us", "1.26 ms": three digits.
[[nodiscard]] std::string short_seconds(double seconds);

}  // namespace slewd::tests
