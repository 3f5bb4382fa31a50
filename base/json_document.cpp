// SPDX-License-Identifier: Apache-2.0
#include "base/json_document.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/limits.hpp"

namespace slewd {

std::string_view JsonValue::kind() const {
  constexpr std::array<std::string_view, 7> kKinds{
      "null", "a boolean", "an integer", "a number", "a string", "an array", "an object"};
  return kKinds[data_.index()];
}

const JsonValue* JsonValue::find(std::string_view key) const {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  const auto found =
      std::ranges::find_if(*members, [&](const Member& member) { return member.first == key; });
  return found == members->end() ? nullptr : &found->second;
}

namespace {

// An input iterator over the text that counts how far the parser has read: the parser itself
// reports no positions for values, only for syntax errors.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    if (furthest_ != nullptr) *furthest_ = std::max(*furthest_, at_);
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) { return !(a == b); }

 private:
  const char* at_;
  const char** furthest_;
};

}  // namespace

// Receives the parser's events and builds the tree. Each handler returns false to stop the parse.
class JsonBuilder {
 public:
  JsonBuilder(std::string_view text, std::string_view name)
      : text_(text), name_(name), furthest_(text.data()), counted_(text.data()) {}

  const char** furthest() { return &furthest_; }
  [[nodiscard]] const std::optional<Error>& problem() const { return problem_; }
  JsonValue take() { return std::move(root_); }

  bool null() { return add(JsonValue(std::monostate{}, line())); }
  bool boolean(bool value) { return add(JsonValue(value, line())); }
  bool number_integer(std::int64_t value) { return add(JsonValue(value, number_line())); }
  bool number_unsigned(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(INT64_MAX)) return stop("number too large");
    return number_integer(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string&) {
    return add(JsonValue(value, number_line()));
  }
  bool string(std::string& value) { return add(JsonValue(std::move(value), line())); }
  bool binary(nlohmann::json::binary_t&) { return stop("binary data"); }
  bool start_object(std::size_t) { return open(JsonValue(JsonValue::Object{}, line())); }
  bool start_array(std::size_t) { return open(JsonValue(JsonValue::Array{}, line())); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    if (const JsonValue* earlier = open_.back().find(name); earlier != nullptr)
      return stop("duplicate key '" + name + "' (first in line " + std::to_string(earlier->line()) +
                  ")");
    keys_.back() = std::move(name);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) {
    // The library's text repeats its own position: only its reason is used, with our line.
    std::string reason = error.what();
    if (const auto at = reason.find("syntax error"); at != std::string::npos) reason.erase(0, at);
    return stop(reason);
  }

 private:
  // Positions never decrease, so each line end is counted once (except one step back for a number).
  [[nodiscard]] int line_at(const char* end) {
    if (end < counted_) return line_ - static_cast<int>(std::count(end, counted_, '\n'));
    line_ += static_cast<int>(std::count(counted_, end, '\n'));
    counted_ = end;
    return line_;
  }
  [[nodiscard]] int line() { return line_at(furthest_); }
  // A number ends where the next character was read and was not a digit: step back over it.
  [[nodiscard]] int number_line() {
    return line_at(furthest_ > text_.data() ? furthest_ - 1 : furthest_);
  }

  bool stop(const std::string& reason) {
    if (!problem_)
      problem_ = Error(ErrorCode::invalid, name_ + ":" + std::to_string(line()) + ": " + reason);
    return false;
  }

  bool open(JsonValue container) {
    if (open_.size() >= static_cast<std::size_t>(limits::kJsonDepth))
      return stop("nested deeper than " + std::to_string(limits::kJsonDepth) + " levels");
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }

  bool close() {
    JsonValue done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return add(std::move(done));
  }

  bool add(JsonValue value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto* members = std::get_if<JsonValue::Object>(&open_.back().data_)) {
      members->emplace_back(std::move(keys_.back()), std::move(value));
    } else {
      std::get<JsonValue::Array>(open_.back().data_).push_back(std::move(value));
    }
    return true;
  }

  std::string_view text_;
  std::string name_;
  const char* furthest_;
  const char* counted_;
  int line_ = 1;
  JsonValue root_;
  std::vector<JsonValue> open_;
  std::vector<std::string> keys_;
  std::optional<Error> problem_;
};

Result<JsonValue> parse_json(std::string_view text, std::string_view name) {
  if (text.size() > limits::kConfigBytes)
    return fail(ErrorCode::limit, std::string(name) + ": larger than " +
                                      std::to_string(limits::kConfigBytes) + " bytes");
  // The parser takes a NUL as the end: a file damaged by a crash would look like a shorter, valid
  // one.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(nul), '\n');
    return fail(ErrorCode::invalid, std::string(name) + ":" + std::to_string(line) +
                                        ": has a NUL byte: the file is damaged");
  }
  JsonBuilder builder(text, name);
  const char* const end = text.data() + text.size();
  const bool whole = nlohmann::json::sax_parse(CountingIterator(text.data(), builder.furthest()),
                                               CountingIterator(end, nullptr), &builder,
                                               nlohmann::json::input_format_t::json, true, true);
  if (!whole) {
    if (builder.problem()) return fail(*builder.problem());
    return fail(ErrorCode::invalid, std::string(name) + ": not JSON");
  }
  return builder.take();
}

}  // namespace slewd
