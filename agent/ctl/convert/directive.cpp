// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/convert/directive.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::app::convert {
namespace {

template <class Row>
const Row* row_of(std::span<const Row> table, std::string_view word) {
  const std::string wanted = lower(word);
  const auto found = std::ranges::find(table, wanted, &Row::word);
  return found == table.end() ? nullptr : &*found;
}

template <class Number>
std::optional<Number> parsed(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

const Directive* find(std::span<const Directive> table, std::string_view word) {
  return row_of(table, word);
}

const SourceOption* find(std::span<const SourceOption> table, std::string_view word) {
  return row_of(table, word);
}

std::string suggestion(std::span<const Directive> table, std::string_view word) {
  if (word.size() > limits::kConvertShownBytes) return "";
  std::vector<std::string_view> known;
  for (const Directive& each : table) known.push_back(each.word);
  return slewd::suggestion(lower(word), known);
}

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r\f\v";
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(kBlanks), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

bool is_plain(std::string_view text, std::size_t limit) {
  return !text.empty() && text.size() <= limit &&
         std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

std::optional<double> number(std::string_view text) {
  const auto value = parsed<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  return parsed<std::int64_t>(text);
}

}  // namespace slewd::app::convert
