// SPDX-License-Identifier: Apache-2.0
// Typed decoding of a JsonValue. A reader collects every problem it meets (up to
// limits::kConfigProblems) with file, line, path and a suggestion, instead of stopping at the
// first.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/frequency.hpp"
#include "base/json_document.hpp"
#include "base/key_recorder.hpp"

namespace slewd {

// What is wrong with one file. One line for each problem: "file:line: path: what; what would help".
class JsonProblems {
 public:
  explicit JsonProblems(std::string file) : file_(std::move(file)) {}

  void add(int line, std::string_view path, const std::string& what);
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  // All lines as one Error of code `invalid`.
  [[nodiscard]] Error to_error() const;

  // From here on it records every key that a reader asks for; it outlives the readers.
  void record_keys(KeyRecorder& recorder) { recorder_ = &recorder; }
  [[nodiscard]] KeyRecorder* recorder() const { return recorder_; }

 private:
  std::string file_;
  std::vector<std::string> lines_;
  std::size_t dropped_ = 0;
  KeyRecorder* recorder_ = nullptr;
};

template <class E>
struct EnumName {
  std::string_view name;
  E value;
};

// Reads one JSON object. Each get-call names a key that exists in the schema and leaves `out`
// untouched when the key is absent; finish() reports the keys that no call named.
class ObjectReader {
 public:
  // `path` is the place inside the file: "servers[2]". A value that is not an object is a problem.
  ObjectReader(const JsonValue& value, std::string path, JsonProblems& problems);

  void get(std::string_view key, bool& out);
  void get(std::string_view key, std::string& out);
  void get(std::string_view key, std::vector<std::string>& out);
  // Whole numbers within [lowest, highest].
  void get(std::string_view key, int& out, int lowest, int highest);
  // A number within [lowest, highest].
  void get(std::string_view key, double& out, double lowest, double highest);
  // A text with a unit ("64s") within [lowest, highest].
  void get(std::string_view key, Nanos& out, Nanos lowest, Nanos highest);
  // A text with a unit ("500ppm") within [lowest, highest].
  void get(std::string_view key, Ppm& out, Ppm lowest, Ppm highest);

  template <class E>
  void get(std::string_view key, E& out, std::span<const EnumName<E>> names) {
    std::vector<std::string_view> known;
    for (const EnumName<E>& name : names) known.push_back(name.name);
    std::string text;
    if (!get_word(key, text, known)) return;
    for (const EnumName<E>& name : names)
      if (name.name == text) out = name.value;
  }

  // A member that the caller decodes further; null when absent.
  [[nodiscard]] const JsonValue* member(std::string_view key);
  // An array member, element by element, each with its path; anything else is a problem.
  void each(std::string_view key,
            const std::function<void(const JsonValue&, const std::string& path)>& read);

  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] std::string path_of(std::string_view key) const;
  // Reports a problem at the line of `key` (or of the object when the key is absent). For an absent
  // key that is required the text begins with "is missing".
  void problem(std::string_view key, const std::string& what);
  // Every key of the object that no call asked for is unknown: call it last.
  void finish();

 private:
  bool get_text(std::string_view key, std::string& out);
  // One of the known names; anything else is a problem.
  bool get_word(std::string_view key, std::string& out, std::span<const std::string_view> known);
  void note(std::string_view key, KeyShape shape);
  void wrong_kind(std::string_view key, const JsonValue& value, std::string_view wanted);

  const JsonValue& value_;
  std::string path_;
  JsonProblems& problems_;
  std::vector<std::string_view> known_;
};

}  // namespace slewd
