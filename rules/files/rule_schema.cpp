// SPDX-License-Identifier: Apache-2.0
#include "rules/files/rule_schema.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/json_reader.hpp"
#include "base/json_text.hpp"
#include "rules/files/decode.hpp"
#include "rules/files/rule_file.hpp"

namespace slewd::rules {
namespace {

constexpr std::string_view kFree = "any-";  // a member of the example under a free name

// One kind of object: all objects of the example at the same place, whatever their index or name.
struct ObjectShape {
  std::vector<std::string> keys;  // in the order of their first reading
  std::map<std::string, std::vector<KeyShape>> shapes;
  std::set<std::string> needed;    // reported as missing
  std::set<std::string> optional;  // absent without a report
};

// "rules[3].on_clear[0].undo" is "rules[].do[].undo": all lists of links have the same form.
std::string place_of(std::string_view path) {
  std::string place;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('.', at), path.size());
    std::string part(path.substr(at, end - at));
    if (const std::size_t index = part.find('['); index != std::string::npos) {
      part.resize(index);
      if (part == "on_clear" || part == "after_step") part = "do";
      part += "[]";
    }
    if (part.starts_with(kFree)) part = "*";
    place += (place.empty() ? "" : ".") + part;
    at = end + 1;
  }
  return place;
}

class ShapeRecorder final : public KeyRecorder {
 public:
  void asked(std::string_view object, std::string_view key, KeyShape shape, bool present) override {
    const std::string name(key.starts_with(kFree) ? "*" : key);
    ObjectShape& found = objects_[place_of(object)];
    if (std::ranges::find(found.keys, name) == found.keys.end()) found.keys.push_back(name);
    std::vector<KeyShape>& shapes = found.shapes[name];
    if (shape.kind != KeyShape::Kind::any && std::ranges::find(shapes, shape) == shapes.end())
      shapes.push_back(std::move(shape));
    if (!present) absent_[place_of(object)].emplace(object, name);
  }
  void missed(std::string_view object, std::string_view key) override {
    missed_[place_of(object)].emplace(object, key);
  }

  std::map<std::string, ObjectShape> take() {
    for (auto& [place, object] : objects_) {
      const auto& missed = missed_[place];
      for (const auto& each : missed) object.needed.insert(each.second);
      for (const auto& each : absent_[place])
        if (!missed.contains(each)) object.optional.insert(each.second);
    }
    return std::move(objects_);
  }

 private:
  using Instances = std::set<std::pair<std::string, std::string>>;  // path and key
  std::map<std::string, ObjectShape> objects_;
  std::map<std::string, Instances> absent_;
  std::map<std::string, Instances> missed_;
};

JsonValue text(std::string_view value) { return {std::string(value), 0}; }
JsonValue object(JsonValue::Object members) { return {std::move(members), 0}; }
JsonValue array(JsonValue::Array elements) { return {std::move(elements), 0}; }
JsonValue texts(const auto& values) {
  JsonValue::Array elements;
  for (const auto& value : values) elements.push_back(text(value));
  return array(std::move(elements));
}
JsonValue reference(std::string_view place) { return object({{"$ref", text(place)}}); }
JsonValue of_type(std::string_view type) { return object({{"type", text(type)}}); }

JsonValue number_from(const std::string& digits) {
  const Result<JsonValue> number = parse_json(digits, "a bound");
  SLEWD_CHECK(number.has_value());
  return *number;
}

JsonValue matching(std::string_view expression) {
  return object({{"type", text("string")}, {"pattern", text(expression)}});
}

class SchemaWriter {
 public:
  explicit SchemaWriter(std::map<std::string, ObjectShape> objects)
      : objects_(std::move(objects)) {}

  JsonValue run() {
    JsonValue::Object schema{{"$schema", text("https://json-schema.org/draft/2020-12/schema")},
                             {"title", text("slewd: rule files, " + std::string(kRuleSchema))}};
    const JsonValue root = object_schema("");
    for (const auto& member : *root.object()) schema.push_back(member);
    schema.emplace_back(
        "$defs", object({{"duration", matching("^[-+]?([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d))+$")},
                         {"frequency", matching("^[-+]?[0-9]+(\\.[0-9]+)?(ppb|ppm|%)$")},
                         {"name", matching("^[a-z][a-z0-9]*(-[a-z0-9]+)*$")},
                         {"link", object_schema("rules[].do[]")}}));
    return object(std::move(schema));
  }

 private:
  [[nodiscard]] static std::string below(const std::string& place, std::string_view key) {
    return place.empty() ? std::string(key) : place + "." + std::string(key);
  }

  JsonValue object_schema(const std::string& place) {
    const ObjectShape& shape = objects_.at(place);
    JsonValue::Object properties;
    JsonValue::Object schema{{"type", text("object")}};
    std::vector<std::string> required;
    for (const std::string& key : shape.keys) {
      if (key == "*") {
        schema.emplace_back("additionalProperties", key_schema(place, key));
        return object(std::move(schema));
      }
      if (is_refused_action(place, key)) continue;
      properties.emplace_back(key, key_schema(place, key));
      if (shape.needed.contains(key) && !shape.optional.contains(key)) required.push_back(key);
    }
    schema.emplace_back("properties", object(std::move(properties)));
    schema.emplace_back("additionalProperties", JsonValue(false, 0));
    if (!required.empty()) schema.emplace_back("required", texts(required));
    add_one_action(place, schema);
    return object(std::move(schema));
  }

  // An action that the example does not have at this place: it is known there, and refused.
  bool is_refused_action(const std::string& place, const std::string& key) {
    return std::ranges::find(kActionKeys, key) != kActionKeys.end() &&
           objects_.at(place).shapes.at(key).empty() && !objects_.contains(below(place, key));
  }

  // An object that may have an action has exactly one. A target's commands have the same keys but
  // are not actions: any number of them.
  void add_one_action(const std::string& place, JsonValue::Object& schema) {
    if (place.ends_with(".commands")) return;
    JsonValue::Array choices;
    const std::vector<std::string>& keys = objects_.at(place).keys;
    for (const std::string_view action : kActionKeys) {
      const std::string key(action);
      if (std::ranges::find(keys, key) == keys.end() || is_refused_action(place, key)) continue;
      choices.push_back(object({{"required", texts(std::vector{key})}}));
    }
    if (choices.size() > 1) schema.emplace_back("oneOf", array(std::move(choices)));
  }

  JsonValue key_schema(const std::string& place, const std::string& key) {
    if (place.empty() && key == "schema") return object({{"const", text(kRuleSchema)}});
    JsonValue::Array choices;
    const std::string inner = below(place, key);
    const std::vector<KeyShape>& shapes = objects_.at(place).shapes.at(key);
    const bool is_texts = std::ranges::any_of(
        shapes, [](const KeyShape& shape) { return shape.kind == KeyShape::Kind::texts; });
    for (const KeyShape& shape : shapes)
      if (shape.kind != KeyShape::Kind::list)
        choices.push_back(shape_schema(shape));
      else if (!is_texts)
        choices.push_back(object({{"type", text("array")}, {"items", items_of(inner)}}));
    if (objects_.contains(inner)) choices.push_back(object_schema(inner));
    if (objects_.contains(inner + ".*"))
      choices.push_back(object({{"type", text("object")},
                                {"propertyNames", reference("#/$defs/name")},
                                {"additionalProperties", object_schema(inner + ".*")}}));
    if (choices.empty()) return object({});
    if (choices.size() == 1) return std::move(choices.front());
    return object({{"anyOf", array(std::move(choices))}});
  }

  JsonValue items_of(const std::string& list) {
    for (const std::string_view links : {"rules[].do", "rules[].on_clear", "rules[].after_step"})
      if (list == links) return reference("#/$defs/link");
    return objects_.contains(list + "[]") ? object_schema(list + "[]") : object({});
  }

  static JsonValue bounded(std::string_view what, const KeyShape& shape) {
    return object(
        {{"$ref", text(what)}, {"description", text(shape.lowest + " to " + shape.highest)}});
  }

  static JsonValue shape_schema(const KeyShape& shape) {
    switch (shape.kind) {
      case KeyShape::Kind::boolean:
        return of_type("boolean");
      case KeyShape::Kind::texts:
        return object({{"type", text("array")}, {"items", of_type("string")}});
      case KeyShape::Kind::integer:
      case KeyShape::Kind::number:
        return object({{"type", text(shape.kind == KeyShape::Kind::integer ? "integer" : "number")},
                       {"minimum", number_from(shape.lowest)},
                       {"maximum", number_from(shape.highest)}});
      case KeyShape::Kind::duration:
        return bounded("#/$defs/duration", shape);
      case KeyShape::Kind::frequency:
        return bounded("#/$defs/frequency", shape);
      case KeyShape::Kind::word:
        return object({{"enum", texts(shape.words)}});
      default:
        return of_type("string");
    }
  }

  std::map<std::string, ObjectShape> objects_;
};

void write(const JsonValue& value, const std::string& indent, std::string& out) {
  constexpr std::size_t kShort = 80;
  const std::string line = to_text(value);
  const bool composed = value.object() != nullptr || value.array() != nullptr;
  if (!composed || line.size() <= kShort) {
    out += line;
    return;
  }
  const std::string inner = indent + "  ";
  const bool named = value.object() != nullptr;
  out += named ? "{" : "[";
  const char* separator = "\n";
  const auto open = [&] { out += std::exchange(separator, ",\n") + inner; };
  if (named) {
    for (const auto& [key, member] : *value.object()) {
      open();
      out += to_text(text(key)) + ": ";
      write(member, inner, out);
    }
  } else {
    for (const JsonValue& element : *value.array()) {
      open();
      write(element, inner, out);
    }
  }
  out += "\n" + indent + (named ? "}" : "]");
}

}  // namespace

std::string rule_schema() {
  ShapeRecorder recorder;
  // The empty file lacks every required key.
  for (const std::string_view file : {rule_schema_example(), std::string_view("{}")}) {
    const Result<JsonValue> example = parse_json(file, "example");
    SLEWD_CHECK(example.has_value());
    JsonProblems problems{"example"};
    problems.record_keys(recorder);
    (void)decode_rule_file(*example, "example", problems);
  }
  std::string text;
  write(SchemaWriter(recorder.take()).run(), "", text);
  return text + "\n";
}

}  // namespace slewd::rules
