// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/rules/schema_validator.hpp"

#include <algorithm>
#include <regex>

#include "base/json_text.hpp"

namespace slewd::rules {
namespace {

using Problems = std::vector<std::string>;

class Validator {
 public:
  explicit Validator(const JsonValue& schema) : root_(schema) {}

  Problems check(const JsonValue& schema, const JsonValue& value, const std::string& path) {
    Problems problems;
    for (const auto& [keyword, rule] : *schema.object()) {
      const Problems more = apply(keyword, rule, schema, value, path);
      problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
  }

 private:
  Problems apply(const std::string& keyword, const JsonValue& rule, const JsonValue& schema,
                 const JsonValue& value, const std::string& path) {
    static const std::vector<std::string> kNotes{"$schema", "title", "description", "$defs"};
    if (std::ranges::find(kNotes, keyword) != kNotes.end()) return {};
    if (keyword == "$ref") return check(definition(*rule.string()), value, path);
    if (keyword == "type") return unless(is_of(*rule.string(), value), path, "is of another type");
    if (keyword == "const" || keyword == "enum") return check_words(rule, value, path);
    if (keyword == "pattern") return check_pattern(rule, value, path);
    if (keyword == "minimum") return unless(number(value) >= number(rule), path, "is too small");
    if (keyword == "maximum") return unless(number(value) <= number(rule), path, "is too large");
    if (keyword == "properties") return check_properties(rule, value, path);
    if (keyword == "required") return check_required(rule, value, path);
    if (keyword == "additionalProperties") return check_others(rule, schema, value, path);
    if (keyword == "propertyNames") return check_names(rule, value, path);
    if (keyword == "items") return check_items(rule, value, path);
    if (keyword == "anyOf" || keyword == "oneOf") return check_choice(keyword, rule, value, path);
    return {path + ": the keyword '" + keyword + "' is not judged"};
  }

  static Problems unless(bool good, const std::string& path, const std::string& what) {
    return good ? Problems{} : Problems{path + ": " + what};
  }

  static bool is_of(const std::string& type, const JsonValue& value) {
    if (type == "object") return value.object() != nullptr;
    if (type == "array") return value.array() != nullptr;
    if (type == "string") return value.string() != nullptr;
    if (type == "boolean") return value.boolean() != nullptr;
    if (type == "integer") return value.integer() != nullptr;
    return value.integer() != nullptr || value.real() != nullptr;
  }

  static double number(const JsonValue& value) {
    if (value.real() != nullptr) return *value.real();
    return value.integer() != nullptr ? static_cast<double>(*value.integer()) : 0;
  }

  static Problems check_words(const JsonValue& rule, const JsonValue& value,
                              const std::string& path) {
    const std::string text = to_text(value);
    if (rule.array() == nullptr) return unless(to_text(rule) == text, path, "is another text");
    return unless(std::ranges::any_of(*rule.array(),
                                      [&](const JsonValue& word) { return to_text(word) == text; }),
                  path, "is none of the words");
  }

  static Problems check_pattern(const JsonValue& rule, const JsonValue& value,
                                const std::string& path) {
    return unless(
        value.string() != nullptr && std::regex_search(*value.string(), std::regex(*rule.string())),
        path, "does not match");
  }

  Problems check_properties(const JsonValue& rule, const JsonValue& value,
                            const std::string& path) {
    Problems problems;
    if (value.object() == nullptr) return problems;
    for (const auto& [key, member] : *value.object()) {
      const JsonValue* schema = rule.find(key);
      if (schema == nullptr) continue;
      const Problems more = check(*schema, member, path + "." + key);
      problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
  }

  static Problems check_required(const JsonValue& rule, const JsonValue& value,
                                 const std::string& path) {
    Problems problems;
    for (const JsonValue& key : *rule.array())
      if (value.find(*key.string()) == nullptr)
        problems.push_back(path + ": lacks " + *key.string());
    return problems;
  }

  Problems check_others(const JsonValue& rule, const JsonValue& schema, const JsonValue& value,
                        const std::string& path) {
    Problems problems;
    if (value.object() == nullptr) return problems;
    const JsonValue* named = schema.find("properties");
    for (const auto& [key, member] : *value.object()) {
      if (named != nullptr && named->find(key) != nullptr) continue;
      const Problems more = rule.boolean() != nullptr ? Problems{path + ": unknown key " + key}
                                                      : check(rule, member, path + "." + key);
      problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
  }

  Problems check_names(const JsonValue& rule, const JsonValue& value, const std::string& path) {
    Problems problems;
    if (value.object() == nullptr) return problems;
    for (const auto& member : *value.object()) {
      const Problems more = check(rule, JsonValue(member.first, 0), path + "." + member.first);
      problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
  }

  Problems check_items(const JsonValue& rule, const JsonValue& value, const std::string& path) {
    Problems problems;
    if (value.array() == nullptr) return problems;
    for (const JsonValue& element : *value.array()) {
      const Problems more = check(rule, element, path + "[]");
      problems.insert(problems.end(), more.begin(), more.end());
    }
    return problems;
  }

  Problems check_choice(const std::string& keyword, const JsonValue& rule, const JsonValue& value,
                        const std::string& path) {
    const auto fitting = std::ranges::count_if(
        *rule.array(), [&](const JsonValue& choice) { return check(choice, value, path).empty(); });
    return unless(keyword == "anyOf" ? fitting > 0 : fitting == 1, path,
                  std::to_string(fitting) + " choices of " + keyword + " fit");
  }

  [[nodiscard]] const JsonValue& definition(const std::string& reference) const {
    return *root_.find("$defs")->find(reference.substr(std::string("#/$defs/").size()));
  }

  const JsonValue& root_;
};

}  // namespace

std::vector<std::string> schema_problems(const JsonValue& schema, const JsonValue& document) {
  return Validator(schema).check(schema, document, "file");
}

}  // namespace slewd::rules
