// SPDX-License-Identifier: Apache-2.0
// The values of rule expressions: typed, with units, and three-valued. Data that is absent is
// Unknown, and a value computed from it is never true unless the answer does not depend on it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/frequency.hpp"
#include "base/timeline.hpp"

namespace slewd::rules {

// What a value measures. Values of different dimensions neither compare nor add.
enum class Dimension {
  truth,    // true or false
  seconds,  // a duration
  ratio,    // a frequency offset or a quotient of equal units: 500ppm = 0.0005, 20% = 0.2
  count,    // a plain number
  symbol,   // one of a fixed set of names
  text,     // free text
};
// "a duration", "a plain number", ...: for error texts.
[[nodiscard]] std::string_view to_string(Dimension dimension);

struct Type {
  Dimension dimension = Dimension::truth;
  std::span<const std::string_view> symbols{};  // of a symbol: its possible values

  [[nodiscard]] bool is_number() const {
    return dimension == Dimension::seconds || dimension == Dimension::ratio ||
           dimension == Dimension::count;
  }
};

// One value, or Unknown. Numbers are doubles in seconds, as ratio, or plain; never NaN: what cannot
// be computed is Unknown. Symbols and texts are strings.
class Value {
 public:
  Value() = default;  // Unknown
  [[nodiscard]] static Value of(bool truth) { return Value(Data(truth)); }
  [[nodiscard]] static Value of(double number);
  [[nodiscard]] static Value of(Nanos duration) { return of(to_seconds(duration)); }
  [[nodiscard]] static Value of(Ppm frequency) { return of(frequency.value / 1e6); }
  [[nodiscard]] static Value of(std::string_view word) { return Value(Data(std::string(word))); }
  // Otherwise a literal would be taken as a truth value.
  [[nodiscard]] static Value of(const char* word) { return of(std::string_view(word)); }

  [[nodiscard]] bool is_unknown() const { return std::holds_alternative<std::monostate>(data_); }
  // Null when the value is of another kind or Unknown.
  [[nodiscard]] const bool* truth() const { return std::get_if<bool>(&data_); }
  [[nodiscard]] const double* number() const { return std::get_if<double>(&data_); }
  [[nodiscard]] const std::string* word() const { return std::get_if<std::string>(&data_); }

  [[nodiscard]] bool is_true() const { return truth() != nullptr && *truth(); }
  [[nodiscard]] bool is_false() const { return truth() != nullptr && !*truth(); }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  using Data = std::variant<std::monostate, bool, double, std::string>;
  explicit Value(Data data) : data_(std::move(data)) {}
  Data data_;
};

// Kleene's logic: Unknown only where the unknown operand could decide.
[[nodiscard]] Value logical_and(const Value& a, const Value& b);
[[nodiscard]] Value logical_or(const Value& a, const Value& b);
[[nodiscard]] Value logical_not(const Value& a);

// "11s", "400ms", "12.5ppm", "20%", "3", "true", "Sync", "unknown": four significant digits.
[[nodiscard]] std::string describe(const Value& value, Dimension dimension);

}  // namespace slewd::rules
