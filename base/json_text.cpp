// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace slewd {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// The length of the UTF-8 sequence at the beginning of `text` (RFC 3629 section 4); 0 = none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;  // no surrogates
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first < 0xF0 || first > 0xF4) return 0;
  const unsigned low = first == 0xF0 ? 0x90 : 0x80;
  const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
  return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
}

void append_control(std::string& text, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kShort = "\b\f\n\r\t";
  constexpr std::string_view kLetters = "bfnrt";
  if (const std::size_t known = kShort.find(c); known != std::string_view::npos) {
    text += '\\';
    text += kLetters[known];
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  text += "\\u00";
  text += kHex[byte >> 4];
  text += kHex[byte & 15];
}

void append_escaped(std::string& text, std::string_view plain) {
  text += '"';
  while (!plain.empty()) {
    const char c = plain.front();
    const std::size_t length = sequence_length(plain);
    if (length == 0) {
      text += kReplacement;
    } else if (length > 1) {
      text += plain.substr(0, length);
    } else if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      append_control(text, c);
    } else {
      text += c;
    }
    plain.remove_prefix(std::max<std::size_t>(length, 1));
  }
  text += '"';
}

template <class Number>
void append_number(std::string& text, Number number) {
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  text.append(digits.data(), end.ptr);
}

// With a sign that it is no integer: -0.0 and 1e20 would not read back the same.
void append_real(std::string& text, double real) {
  if (!std::isfinite(real)) {
    text += "null";
    return;
  }
  const std::size_t begin = text.size();
  append_number(text, real);
  if (text.find_first_of(".e", begin) == std::string::npos) text += ".0";
}

// No deeper than the parser's limit limits::kJsonDepth.
void append(std::string& text, const JsonValue& value) {  // NOLINT(misc-no-recursion)
  if (const auto* boolean = value.boolean()) {
    text += *boolean ? "true" : "false";
  } else if (const auto* integer = value.integer()) {
    append_number(text, *integer);
  } else if (const auto* real = value.real()) {
    append_real(text, *real);
  } else if (const auto* string = value.string()) {
    append_escaped(text, *string);
  } else if (const auto* array = value.array()) {
    text += '[';
    for (const JsonValue& element : *array) {
      if (&element != &array->front()) text += ',';
      append(text, element);
    }
    text += ']';
  } else if (const auto* object = value.object()) {
    text += '{';
    for (const auto& [key, member] : *object) {
      if (&member != &object->front().second) text += ',';
      append_escaped(text, key);
      text += ':';
      append(text, member);
    }
    text += '}';
  } else {
    text += "null";
  }
}

}  // namespace

std::string to_text(const JsonValue& value) {
  std::string text;
  append(text, value);
  return text;
}

}  // namespace slewd
