// SPDX-License-Identifier: Apache-2.0
// The table that a program prints, as `doveadm -f tab` does: tab-separated, the first line names
// the columns. Pure.
#pragma once

#include <string>
#include <string_view>

#include "rules/rule.hpp"
#include "rules/status.hpp"

namespace slewd::remedy {

struct TableVerdict {
  rules::ProbeState state = rules::ProbeState::unknown;
  std::string detail;  // one line
};

// ok: there is a row, and every row has the wanted value in the column. failed: a row has another
// value or none, or there is no row. unknown: no such column, so the question was put wrongly.
[[nodiscard]] TableVerdict judge_table(std::string_view text, const rules::ColumnMatch& wanted);

}  // namespace slewd::remedy
