#include "base/json_text.hpp"

#include <array>
#include <charconv>

namespace slewd {
namespace {

void append_escaped(std::string& text, std::string_view plain) {
  constexpr std::string_view kHex = "0123456789abcdef";
  text += '"';
  for (const char c : plain) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (byte < 0x20) {
      text += "\\u00";
      text += kHex[byte >> 4];
      text += kHex[byte & 15];
    } else {
      text += c;
    }
  }
  text += '"';
}

template <class Number>
void append_number(std::string& text, Number number) {
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  text.append(digits.data(), end.ptr);
}

// As deep as the parser let it become: limits::kJsonDepth.
void append(std::string& text, const JsonValue& value) {  // NOLINT(misc-no-recursion)
  if (const auto* boolean = value.boolean()) {
    text += *boolean ? "true" : "false";
  } else if (const auto* integer = value.integer()) {
    append_number(text, *integer);
  } else if (const auto* real = value.real()) {
    append_number(text, *real);
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
