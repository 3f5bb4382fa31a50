// SPDX-License-Identifier: Apache-2.0
#include "agent/records/line_codec.hpp"

#include "base/json_text.hpp"
#include "base/one_line.hpp"

namespace slewd::records {
namespace {

constexpr std::int64_t kLineVersion = 1;

}  // namespace

template <class T>
void LineCodec::read(std::string_view key, T& value, const T* (JsonValue::*as)() const,
                     std::string_view wanted) {
  const JsonValue* const found = node(key);
  if (found == nullptr) return;
  const T* const known = (found->*as)();
  if (known == nullptr) return complain(key, wanted);
  value = *known;
}

void LineCodec::member(std::string_view key, std::string& value) {
  if (writing()) return put(key, {value, 0});
  read(key, value, &JsonValue::string, "a string");
}

void LineCodec::member(std::string_view key, bool& value) {
  if (writing()) return put(key, {value, 0});
  read(key, value, &JsonValue::boolean, "a boolean");
}

void LineCodec::member(std::string_view key, std::int64_t& value) {
  if (writing()) return put(key, {value, 0});
  read(key, value, &JsonValue::integer, "an integer");
}

void LineCodec::member(std::string_view key, double& value) {
  if (writing()) return put(key, {value, 0});
  const JsonValue* const found = source_->find(key);
  if (found != nullptr && found->integer() != nullptr)
    value = static_cast<double>(*found->integer());
  else
    read(key, value, &JsonValue::real, "a number");
}

void LineCodec::member(std::string_view key, Nanos& value) {
  std::int64_t count = value.count();
  member(key, count);
  value = Nanos{count};
}

void LineCodec::member(std::string_view key, std::vector<std::string>& value) {
  list(
      key, value, limits::kConfigBytes, [](const std::string& text) { return JsonValue(text, 0); },
      [](const JsonValue& node) {
        return node.string() == nullptr ? std::nullopt : std::optional(*node.string());
      },
      "an array of strings");
}

void LineCodec::member(std::string_view key, std::vector<std::int64_t>& value) {
  list(
      key, value, limits::kConfigBytes, [](std::int64_t number) { return JsonValue(number, 0); },
      [](const JsonValue& node) {
        return node.integer() == nullptr ? std::nullopt : std::optional(*node.integer());
      },
      "an array of integers");
}

void LineCodec::member(std::string_view key, std::vector<MonoTime>& value) {
  std::vector<std::int64_t> numbers;
  for (const MonoTime time : value) numbers.push_back(time.since_epoch.count());
  member(key, numbers);
  value.clear();
  for (const std::int64_t number : numbers) value.push_back(MonoTime{Nanos{number}});
}

void LineCodec::text(std::string_view key, std::string& value, std::size_t limit) {
  if (writing()) value = one_line(value, limit);
  member(key, value);
}

void LineCodec::object(std::string_view key, const std::function<void(LineCodec&)>& part) {
  if (writing()) {
    LineCodec inner;
    part(inner);
    return put(key, inner.take());
  }
  const JsonValue* const found = node(key);
  if (found == nullptr) return;
  if (found->object() == nullptr) return complain(key, "an object");
  LineCodec inner(*found);
  part(inner);
  take_problem(key, inner);
}

void LineCodec::take_problem(std::string_view key, const LineCodec& part) {
  if (problem_.empty() && !part.problem_.empty())
    problem_ = std::string(key) + ": " + part.problem_;
}

const JsonValue::Array* LineCodec::array(std::string_view key) {
  const JsonValue* const found = node(key);
  if (found == nullptr) return nullptr;
  if (found->array() == nullptr) complain(key, "an array");
  return found->array();
}

void LineCodec::complain(std::string_view key, std::string_view wanted) {
  if (problem_.empty()) problem_ = std::string(key) + ": " + std::string(wanted) + " is missing";
}

const JsonValue* LineCodec::node(std::string_view key) {
  const JsonValue* found = source_->find(key);
  if (found == nullptr) complain(key, "the member");
  return found;
}

Result<JsonValue> parse_object(std::string_view line, std::string_view kind, std::size_t limit) {
  const std::string name(kind);
  if (line.size() > limit)
    return fail(ErrorCode::limit, "a " + name + " of " + std::to_string(line.size()) + " bytes");
  auto document = parse_json(line, kind);
  if (document && document->object() == nullptr)
    return fail(ErrorCode::invalid,
                "a " + name + " must be an object, not " + std::string(document->kind()));
  return document;
}

void describe_version(LineCodec& codec) {
  std::int64_t version = kLineVersion;
  codec.member("v", version);
  if (version != kLineVersion) codec.complain("v", "the version 1");
}

std::string text_of(LineCodec& codec) { return to_text(codec.take()); }

}  // namespace slewd::records
