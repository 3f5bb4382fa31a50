// SPDX-License-Identifier: Apache-2.0
// Plain text tables whose columns line up, for terminals.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slewd {

enum class Align { left, right };

class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::left;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns; UTF-8 is counted by code points.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Lines are cut to `width`, if it is not 0: what the last column says is what goes first.
  [[nodiscard]] std::string print(std::size_t width = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// In columns of the terminal, UTF-8 counted by code points.
[[nodiscard]] std::size_t widest_line(std::string_view text);

}  // namespace slewd
