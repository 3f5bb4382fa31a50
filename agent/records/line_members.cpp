// SPDX-License-Identifier: Apache-2.0
#include "agent/records/line_members.hpp"

namespace slewd::remedy {

void LineMembers::read(std::string_view key, std::string& out) {
  const JsonValue* value = find(key);
  if (value == nullptr) return;
  if (const std::string* text = value->string()) return void(out = *text);
  complain(key, "a string");
}

void LineMembers::read(std::string_view key, bool& out) {
  const JsonValue* value = find(key);
  if (value == nullptr) return;
  if (const bool* flag = value->boolean()) return void(out = *flag);
  complain(key, "a boolean");
}

void LineMembers::read(std::string_view key, std::int64_t& out) {
  const JsonValue* value = find(key);
  if (value == nullptr) return;
  if (const std::int64_t* number = value->integer()) return void(out = *number);
  complain(key, "an integer");
}

void LineMembers::read(std::string_view key, double& out) {
  const JsonValue* value = find(key);
  if (value == nullptr) return;
  if (const double* number = value->real()) return void(out = *number);
  if (const std::int64_t* number = value->integer())
    return void(out = static_cast<double>(*number));
  complain(key, "a number");
}

void LineMembers::read(std::string_view key, Nanos& out) {
  std::int64_t count = out.count();
  read(key, count);
  out = Nanos{count};
}

void LineMembers::read(std::string_view key, std::vector<std::string>& out) {
  const JsonValue::Array* elements = array(key);
  if (elements == nullptr) return;
  for (const JsonValue& element : *elements) {
    if (element.string() == nullptr) return complain(key, "an array of strings");
    out.push_back(*element.string());
  }
}

void LineMembers::read_id(std::string_view key, std::uint64_t& out) {
  constexpr std::int64_t kIdsEnd = std::int64_t{1} << 62;
  std::int64_t id = 0;
  read(key, id);
  if (id < 1 || id >= kIdsEnd) complain(key, "a positive number");
  out = static_cast<std::uint64_t>(id);
}

const JsonValue::Array* LineMembers::array(std::string_view key) {
  const JsonValue* value = find(key);
  if (value == nullptr) return nullptr;
  const JsonValue::Array* elements = value->array();
  if (elements == nullptr) complain(key, "an array");
  return elements;
}

void LineMembers::complain(std::string_view key, std::string_view wanted) {
  if (problem_.empty()) problem_ = std::string(key) + ": " + std::string(wanted) + " is missing";
}

const JsonValue* LineMembers::find(std::string_view key) {
  const JsonValue* value = object_.find(key);
  if (value == nullptr) complain(key, "the member");
  return value;
}

}  // namespace slewd::remedy
