// SPDX-License-Identifier: Apache-2.0
// A parsed JSON text with the line of each value, so that every later error in a
// configuration or a rule file can name its line. Comments (// and /* */) are allowed; duplicate
// keys, depth beyond limits::kJsonDepth and text beyond limits::kConfigBytes are errors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace slewd {

class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Member = std::pair<std::string, JsonValue>;
  using Object = std::vector<Member>;  // in the order of the text

  JsonValue() = default;
  template <class T>
  JsonValue(T value, int line) : data_(std::move(value)), line_(line) {}

  // Null when the value is of another kind.
  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&data_); }
  [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data_); }
  [[nodiscard]] const double* real() const { return std::get_if<double>(&data_); }
  [[nodiscard]] const std::string* string() const { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&data_); }
  [[nodiscard]] const Object* object() const { return std::get_if<Object>(&data_); }
  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(data_); }

  // "a string", "an object", ...: for error texts.
  [[nodiscard]] std::string_view kind() const;
  // 1-based line of the value's last character (for containers: of the opening bracket).
  [[nodiscard]] int line() const { return line_; }

  // The member of an object, or null.
  [[nodiscard]] const JsonValue* find(std::string_view key) const;

 private:
  friend class JsonBuilder;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
  int line_ = 0;
};

// `name` stands for the text in messages, normally its file path: "slewd.json:12: ...".
[[nodiscard]] Result<JsonValue> parse_json(std::string_view text, std::string_view name);

}  // namespace slewd
