// SPDX-License-Identifier: Apache-2.0
// Splits the text of a condition into tokens with their places.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "rules/lang/value.hpp"

namespace slewd::rules {

enum class TokenKind {
  number,
  word,
  text,
  kw_and,
  kw_or,
  kw_not,
  kw_true,
  kw_false,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  plus,
  minus,
  star,
  slash,
  left,
  right,
  comma,
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::uint32_t begin = 0;  // bytes of the text
  std::uint32_t end = 0;
  Value value;                             // of number and text
  Dimension dimension = Dimension::count;  // of number
};

// The whole text, ended by one token of kind `end`. Refuses bytes that no token starts with, bad
// units, and text beyond limits::kExpressionBytes.
[[nodiscard]] Result<std::vector<Token>> tokenize(std::string_view text);

// Every error about a condition starts with its column, counted in bytes from 1.
[[nodiscard]] tl::unexpected<Error> fail_at(std::uint32_t column, const std::string& what);

// A byte as a message may show it: "'#'", or "byte 0xe2" when it does not print.
[[nodiscard]] std::string show_byte(char byte);

}  // namespace slewd::rules
