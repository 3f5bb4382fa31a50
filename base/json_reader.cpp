// SPDX-License-Identifier: Apache-2.0
#include "base/json_reader.hpp"

#include <algorithm>

#include "base/duration.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd {

void JsonProblems::add(int line, std::string_view path, const std::string& what) {
  if (lines_.size() >= limits::kConfigProblems) {
    ++dropped_;
    return;
  }
  std::string text = file_ + ":" + std::to_string(line) + ": ";
  if (!path.empty()) text += std::string(path) + ": ";
  lines_.push_back(text + what);
}

Error JsonProblems::to_error() const {
  std::string text;
  for (const std::string& line : lines_) {
    if (!text.empty()) text += "\n";
    text += line;
  }
  if (dropped_ > 0) text += "\n... and " + std::to_string(dropped_) + " more";
  return {ErrorCode::invalid, text};
}

ObjectReader::ObjectReader(const JsonValue& value, std::string path, JsonProblems& problems)
    : value_(value), path_(std::move(path)), problems_(problems) {
  if (value_.object() == nullptr)
    problems_.add(value_.line(), path_,
                  "an object was expected, not " + std::string(value_.kind()));
}

const JsonValue* ObjectReader::member(std::string_view key) {
  known_.push_back(key);
  note(key, {});
  return value_.find(key);
}

bool ObjectReader::has(std::string_view key) const { return value_.find(key) != nullptr; }

std::string ObjectReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void ObjectReader::problem(std::string_view key, const std::string& what) {
  const JsonValue* value = value_.find(key);
  if (value == nullptr && problems_.recorder() != nullptr && what.starts_with("is missing"))
    problems_.recorder()->missed(path_, key);
  problems_.add(value != nullptr ? value->line() : value_.line(), path_of(key), what);
}

void ObjectReader::wrong_kind(std::string_view key, const JsonValue& value,
                              std::string_view wanted) {
  problem(key, std::string(wanted) + " was expected, not " + std::string(value.kind()));
}

void ObjectReader::note(std::string_view key, KeyShape shape) {
  if (KeyRecorder* recorder = problems_.recorder(); recorder != nullptr)
    recorder->asked(path_, key, std::move(shape), has(key));
}

bool ObjectReader::get_word(std::string_view key, std::string& out,
                            std::span<const std::string_view> known) {
  note(key, {KeyShape::Kind::word, "", "", {known.begin(), known.end()}});
  if (!get_text(key, out)) return false;
  if (std::ranges::find(known, out) != known.end()) return true;
  problem(key, "'" + out + "' is not one of " + joined(known) + suggestion(out, known));
  return false;
}

bool ObjectReader::get_text(std::string_view key, std::string& out) {
  const JsonValue* value = member(key);
  if (value == nullptr) return false;
  if (value->string() == nullptr) {
    wrong_kind(key, *value, "a string");
    return false;
  }
  out = *value->string();
  return true;
}

void ObjectReader::get(std::string_view key, bool& out) {
  note(key, {KeyShape::Kind::boolean, "", "", {}});
  const JsonValue* value = member(key);
  if (value == nullptr) return;
  if (value->boolean() == nullptr) return wrong_kind(key, *value, "true or false");
  out = *value->boolean();
}

void ObjectReader::get(std::string_view key, std::string& out) {
  note(key, {KeyShape::Kind::text, "", "", {}});
  get_text(key, out);
}

void ObjectReader::get(std::string_view key, std::vector<std::string>& out) {
  note(key, {KeyShape::Kind::texts, "", "", {}});
  std::vector<std::string> words;
  bool good = true;
  each(key, [&](const JsonValue& element, const std::string& path) {
    if (element.string() != nullptr) {
      words.push_back(*element.string());
      return;
    }
    good = false;
    problems_.add(element.line(), path,
                  "a string was expected, not " + std::string(element.kind()));
  });
  if (good && has(key)) out = std::move(words);
}

void ObjectReader::get(std::string_view key, int& out, int lowest, int highest) {
  note(key, {KeyShape::Kind::integer, std::to_string(lowest), std::to_string(highest), {}});
  const JsonValue* value = member(key);
  if (value == nullptr) return;
  if (value->integer() == nullptr) return wrong_kind(key, *value, "a whole number");
  if (*value->integer() < lowest || *value->integer() > highest)
    return problem(key, std::to_string(*value->integer()) + " is outside " +
                            std::to_string(lowest) + " to " + std::to_string(highest));
  out = static_cast<int>(*value->integer());
}

void ObjectReader::get(std::string_view key, double& out, double lowest, double highest) {
  note(key, {KeyShape::Kind::number, format_number(lowest), format_number(highest), {}});
  const JsonValue* value = member(key);
  if (value == nullptr) return;
  if (value->integer() == nullptr && value->real() == nullptr)
    return wrong_kind(key, *value, "a number");
  const double number =
      value->real() != nullptr ? *value->real() : static_cast<double>(*value->integer());
  if (!(number >= lowest && number <= highest))
    return problem(key, format_number(number) + " is outside " + format_number(lowest) + " to " +
                            format_number(highest));
  out = number;
}

void ObjectReader::get(std::string_view key, Nanos& out, Nanos lowest, Nanos highest) {
  note(key, {KeyShape::Kind::duration, format(lowest), format(highest), {}});
  const JsonValue* value = member(key);
  if (value == nullptr) return;
  if (value->string() == nullptr)
    return wrong_kind(key, *value, "a text with a unit, for instance \"64s\",");
  const Result<Nanos> parsed = parse_duration(*value->string());
  if (!parsed) return problem(key, parsed.error().message());
  if (*parsed < lowest || *parsed > highest)
    return problem(key,
                   *value->string() + " is outside " + format(lowest) + " to " + format(highest));
  out = *parsed;
}

void ObjectReader::get(std::string_view key, Ppm& out, Ppm lowest, Ppm highest) {
  note(key, {KeyShape::Kind::frequency, format(lowest), format(highest), {}});
  const JsonValue* value = member(key);
  if (value == nullptr) return;
  if (value->string() == nullptr)
    return wrong_kind(key, *value, "a text with a unit, for instance \"500ppm\",");
  const Result<Ppm> parsed = parse_ppm(*value->string());
  if (!parsed) return problem(key, parsed.error().message());
  if (*parsed < lowest || *parsed > highest)
    return problem(key,
                   *value->string() + " is outside " + format(lowest) + " to " + format(highest));
  out = *parsed;
}

void ObjectReader::each(
    std::string_view key,
    const std::function<void(const JsonValue&, const std::string& path)>& read) {
  note(key, {KeyShape::Kind::list, "", "", {}});
  const JsonValue* value = member(key);
  if (value == nullptr) return;
  if (value->array() == nullptr) return wrong_kind(key, *value, "an array");
  std::size_t index = 0;
  for (const JsonValue& element : *value->array())
    read(element, path_of(key) + "[" + std::to_string(index++) + "]");
}

void ObjectReader::finish() {
  const JsonValue::Object* members = value_.object();
  if (members == nullptr) return;
  for (const auto& [key, value] : *members) {
    if (std::ranges::find(known_, key) != known_.end()) continue;
    problems_.add(value.line(), path_of(key), "unknown key" + suggestion(key, known_));
  }
}

}  // namespace slewd
