// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/process/exec_table.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/limits.hpp"
#include "base/one_line.hpp"
#include "base/text.hpp"

namespace slewd::remedy {
namespace {

using rules::ProbeState;

std::string shown(std::string_view text) {
  return "'" + one_line(text, limits::kProbeTextBytes) + "'";
}

// The next line that has anything in it, taken off `rest`; empty at the end.
std::string_view take_line(std::string_view& rest) {
  std::string_view line;
  while (line.empty() && !rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return line;
}

}  // namespace

TableVerdict judge_table(std::string_view text, const rules::ColumnMatch& wanted) {
  const std::string_view header = take_line(text);
  if (header.empty()) return {ProbeState::unknown, "no table: nothing was printed"};
  const std::vector<std::string_view> names = split(header, '\t');
  const auto found = std::ranges::find(names, std::string_view(wanted.name));
  if (found == names.end())
    return {ProbeState::unknown,
            "no column '" + wanted.name + "' in the first line, " + shown(header)};
  const auto column = static_cast<std::size_t>(found - names.begin());
  std::size_t rows = 0;
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    ++rows;
    const std::string place = " in row " + std::to_string(rows);
    const std::vector<std::string_view> cells = split(line, '\t');
    if (cells.size() <= column)
      return {ProbeState::failed, "no '" + wanted.name + "'" + place + ", " + shown(line)};
    if (cells[column] != wanted.equals)
      return {ProbeState::failed, "'" + wanted.name + "' is " + shown(cells[column]) + place +
                                      ", not '" + wanted.equals + "'"};
  }
  if (rows == 0) return {ProbeState::failed, "a table without a row"};
  return {ProbeState::ok, "'" + wanted.name + "' is '" + wanted.equals + "' in " +
                              (rows == 1 ? "one row" : std::to_string(rows) + " rows")};
}

}  // namespace slewd::remedy
