// SPDX-License-Identifier: Apache-2.0
// The codec of all lines on disk: one JSON object, `"v": 1`. Each kind of record names its members
// once, in a function describe(LineCodec&, Record&) that serves both directions. Writing changes
// the record (texts are cut), so it is given a copy.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_document.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::records {

class LineCodec {
 public:
  LineCodec() = default;  // writes
  // Reads; `object` outlives this. The first member that is missing or impossible is the problem().
  explicit LineCodec(const JsonValue& object) : source_(&object) {}

  [[nodiscard]] bool writing() const { return source_ == nullptr; }
  [[nodiscard]] bool has(std::string_view key) const { return source_->find(key) != nullptr; }

  // A value that stays as it was when the member is missing or of another kind.
  void member(std::string_view key, std::string& value);
  void member(std::string_view key, bool& value);
  void member(std::string_view key, std::int64_t& value);
  void member(std::string_view key, double& value);  // 12 and 12.0 are one number
  void member(std::string_view key, Nanos& value);
  void member(std::string_view key, std::vector<std::string>& value);
  void member(std::string_view key, std::vector<std::int64_t>& value);
  void member(std::string_view key, std::vector<MonoTime>& value);
  template <class Tag>
  void member(std::string_view key, Instant<Tag>& value) {
    member(key, value.since_epoch);
  }
  // A number that counting from 0 has given.
  void member(std::string_view key, std::uint64_t& value) { count(key, value, 0); }
  void member(std::string_view key, int& value) { count(key, value, 0); }
  // A member that is there only when there is a value.
  template <class T>
  void member(std::string_view key, std::optional<T>& value) {
    group(key, value, [&](T& known) { member(key, known); });
  }
  // The same for members that come together; `key` is the first.
  template <class T, class Describe>
  void group(std::string_view key, std::optional<T>& value, const Describe& describe) {
    if (!writing() && has(key)) value.emplace();
    if (value) describe(*value);
  }
  // A member that is left out while it has its first value.
  template <class T>
  void sparse(std::string_view key, T& value) {
    if (writing() ? !(value == T()) : has(key)) member(key, value);
  }
  // A number that counting from 1 has given.
  void id(std::string_view key, std::uint64_t& value) { count(key, value, 1); }
  // Written on one line, of at most `limit` bytes.
  void text(std::string_view key, std::string& value, std::size_t limit);
  template <class T>
  void within(std::string_view key, T& value, T least, T greatest, std::string_view wanted) {
    if (writing()) value = std::clamp(value, least, greatest);
    member(key, value);
    if (!(value >= least && value <= greatest)) complain(key, wanted);
  }
  // One of `all`; without `otherwise` another word is a problem.
  template <class Value, class Values>
  void word(std::string_view key, Value& value, const Values& all,
            std::optional<Value> otherwise = std::nullopt) {
    std::string text(to_string(value));
    member(key, text);
    const auto found =
        std::ranges::find_if(all, [&](Value each) { return to_string(each) == text; });
    if (found == std::end(all) && !otherwise) complain(key, "a known word");
    value = found == std::end(all) ? otherwise.value_or(value) : *found;
  }
  // A member that is an object.
  void object(std::string_view key, const std::function<void(LineCodec&)>& part);
  // What only people read.
  void note(std::string_view key, std::string text) {
    if (writing()) put(key, {std::move(text), 0});
  }

  // For what has no member() of its own: put() writes; node() and array() read, or complain and
  // return null.
  void put(std::string_view key, JsonValue value) { written_.emplace_back(key, std::move(value)); }
  [[nodiscard]] const JsonValue* node(std::string_view key);
  [[nodiscard]] const JsonValue::Array* array(std::string_view key);
  // An array of at most `most` elements, each by `encode(value)` and `decode(node)`, which gives
  // an optional: none is a problem.
  template <class T, class Encode, class Decode>
  void list(std::string_view key, std::vector<T>& values, std::size_t most, const Encode& encode,
            const Decode& decode, std::string_view wanted) {
    if (writing()) {
      JsonValue::Array nodes;
      for (const T& value : values) nodes.push_back(encode(value));
      return put(key, {std::move(nodes), 0});
    }
    const JsonValue::Array* nodes = array(key);
    if (nodes == nullptr) return;
    if (nodes->size() > most) return complain(key, "a shorter array");
    values.clear();
    for (const JsonValue& node : *nodes) {
      auto value = decode(node);
      if (!value) return complain(key, wanted);
      values.push_back(std::move(*value));
    }
  }
  void complain(std::string_view key, std::string_view wanted);
  // The problem of a part that was read on its own.
  void take_problem(std::string_view key, const LineCodec& part);
  [[nodiscard]] const std::string& problem() const { return problem_; }  // empty: none
  [[nodiscard]] JsonValue take() { return {std::move(written_), 0}; }

 private:
  template <class T>
  void read(std::string_view key, T& value, const T* (JsonValue::*as)() const,
            std::string_view wanted);
  template <std::integral T>
  void count(std::string_view key, T& value, std::int64_t least) {
    constexpr std::int64_t kMost =
        std::min<std::int64_t>((std::int64_t{1} << 62) - 1, std::numeric_limits<T>::max() / 2);
    auto number = static_cast<std::int64_t>(value);
    member(key, number);
    if (number < least || number > kMost)
      complain(key, least > 0 ? "a positive number" : "a possible number");
    value = static_cast<T>(std::clamp(number, least, kMost));
  }

  const JsonValue* source_ = nullptr;  // null: writes
  JsonValue::Object written_;
  std::string problem_;
};

// The object of a line of at most `limit` bytes, which may be anything. `kind` names it in errors.
[[nodiscard]] Result<JsonValue> parse_object(std::string_view line, std::string_view kind,
                                             std::size_t limit);
// `"v": 1`, with which each line begins.
void describe_version(LineCodec& codec);
[[nodiscard]] std::string text_of(LineCodec& codec);

// Without a line end.
template <class Record>
[[nodiscard]] std::string line_of(Record record, void (*describe)(LineCodec&, Record&)) {
  LineCodec codec;
  describe_version(codec);
  describe(codec, record);
  return text_of(codec);
}

// Errors: no JSON, another version, a missing or impossible value.
template <class Record>
[[nodiscard]] Result<Record> record_of(std::string_view line, std::string_view kind,
                                       std::size_t limit, void (*describe)(LineCodec&, Record&)) {
  const auto object = parse_object(line, kind, limit);
  if (!object) return fail(object.error());
  LineCodec codec(*object);
  Record record;
  describe_version(codec);
  describe(codec, record);
  if (!codec.problem().empty()) return fail(ErrorCode::invalid, codec.problem());
  return record;
}

}  // namespace slewd::records
