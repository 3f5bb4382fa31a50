// SPDX-License-Identifier: Apache-2.0
// Small text tools that more than one library needs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slewd {

// The candidate nearest to `word` (edit distance at most a third of its length), for did-you-mean.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string_view> candidates);

// "; did you mean 'x'?" or "" when nothing is near.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     std::span<const std::string_view> candidates);

// The shortest decimal text that reads back to the same double: "0.1", "1e-07", "NaN", "+Inf".
[[nodiscard]] std::string format_number(double value);

// Fixed decimals, independent of the locale: format_fixed(3.14159, 2) is "3.14".
[[nodiscard]] std::string format_fixed(double value, int decimals);

[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
// The separator stands before every item but the first.
void append_item(std::string& list, std::string_view item, std::string_view separator = ", ");
template <class Items>
[[nodiscard]] std::string joined(const Items& items, std::string_view separator = ", ") {
  std::string list;
  for (const std::string_view item : items) append_item(list, item, separator);
  return list;
}

// ASCII letters alone change, whatever the locale.
[[nodiscard]] std::string lower_case(std::string_view text);
[[nodiscard]] bool same_ignoring_case(std::string_view a, std::string_view b);

// The folder of the file: "/a" of "/a/b", "/" of "/b", "." of "b".
[[nodiscard]] std::string folder_of(std::string_view path);

}  // namespace slewd
