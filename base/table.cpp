// SPDX-License-Identifier: Apache-2.0
#include "base/table.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace slewd {
namespace {

constexpr std::string_view kGap = "  ";

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

// At most so many code points; what is cut ends in "...".
std::string cut(std::string_view text, std::size_t width) {
  constexpr std::string_view kMore = "...";
  if (width_of(text) <= width) return std::string(text);
  const std::size_t keep = width - std::min(width, kMore.size());
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size(); ++end)
    if ((static_cast<unsigned char>(text[end]) & 0xc0U) != 0x80U && count++ == keep) break;
  return std::string(text.substr(0, end)) + std::string(kMore);
}

}  // namespace

std::string Table::print(std::size_t width) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t wide = width_of(columns_[i].title);
    for (const auto& row : rows_) wide = std::max(wide, width_of(row[i]));
    widths.push_back(wide);
  }
  std::string text;
  const auto add_line = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& cell = cell_of(i);
      const std::string padding(widths[i] - width_of(cell), ' ');
      if (i > 0) line += kGap;
      line += columns_[i].align == Align::right ? padding + cell : cell + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += (width == 0 ? line : cut(line, width)) + "\n";
  };
  add_line([&](std::size_t i) -> const std::string& { return columns_[i].title; });
  for (const auto& row : rows_)
    add_line([&](std::size_t i) -> const std::string& { return row[i]; });
  return text;
}

std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  for (const std::string_view line : split(text, '\n')) widest = std::max(widest, width_of(line));
  return widest;
}

}  // namespace slewd
