// SPDX-License-Identifier: Apache-2.0
#include "rules/files/webhook_template.hpp"

#include <algorithm>
#include <utility>

#include "base/json_document.hpp"
#include "base/json_text.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::rules {
namespace {

constexpr std::string_view kOpen = "${";
constexpr std::string_view kEscaped = "$${";

// In the order of kWebhookVariables.
std::array<const std::string*, kWebhookVariables.size()> values_of(const WebhookFacts& facts) {
  return {&facts.rule,     &facts.action, &facts.ending, &facts.detail,
          &facts.evidence, &facts.node,   &facts.time};
}

Result<std::string> fill(std::string_view text, const WebhookFacts& facts) {
  std::string filled;
  while (!text.empty()) {
    if (text.starts_with(kEscaped)) {
      filled += kOpen;
      text.remove_prefix(kEscaped.size());
    } else if (text.starts_with(kOpen)) {
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos)
        return fail(ErrorCode::invalid, "a \"${\" without its \"}\" (\"$${\" means \"${\" itself)");
      const std::string_view name = text.substr(kOpen.size(), end - kOpen.size());
      const auto* known = std::ranges::find(kWebhookVariables, name);
      if (known == kWebhookVariables.end())
        return fail(ErrorCode::invalid, "unknown variable '" + std::string(name) + "'" +
                                            suggestion(name, kWebhookVariables));
      filled += *values_of(facts)[static_cast<std::size_t>(known - kWebhookVariables.begin())];
      text.remove_prefix(end + 1);
    } else {
      filled += text.front();
      text.remove_prefix(1);
    }
  }
  return filled;
}

// No deeper than the parser's limit limits::kJsonDepth.
// NOLINTNEXTLINE(misc-no-recursion)
Result<JsonValue> fill_all(const JsonValue& value, const WebhookFacts& facts) {
  if (const auto* string = value.string()) {
    auto filled = fill(*string, facts);
    if (!filled) return fail(std::move(filled.error()));
    return JsonValue(std::move(*filled), value.line());
  }
  if (const auto* array = value.array()) {
    JsonValue::Array all;
    for (const JsonValue& element : *array) {
      auto filled = fill_all(element, facts);
      if (!filled) return filled;
      all.push_back(std::move(*filled));
    }
    return JsonValue(std::move(all), value.line());
  }
  if (const auto* object = value.object()) {
    JsonValue::Object all;
    for (const auto& [key, member] : *object) {
      if (key.find(kOpen) != std::string::npos)
        return fail(ErrorCode::invalid,
                    "the key '" + key + "' contains a variable; only values may");
      auto filled = fill_all(member, facts);
      if (!filled) return filled;
      all.emplace_back(key, std::move(*filled));
    }
    return JsonValue(std::move(all), value.line());
  }
  return value;
}

}  // namespace

Result<void> check_template(std::string_view json) {
  const auto filled = expand_template(json, {});
  if (!filled) return fail(filled.error());
  return {};
}

Result<std::string> expand_template(std::string_view json, const WebhookFacts& facts) {
  const auto too_long = [](std::size_t size) {
    return fail(ErrorCode::limit, std::to_string(size) + " bytes, more than " +
                                      std::to_string(limits::kWebhookBodyBytes));
  };
  if (json.size() > limits::kWebhookBodyBytes) return too_long(json.size());
  const auto parsed = parse_json(json, "template");
  if (!parsed) return fail(parsed.error());
  const auto filled = fill_all(*parsed, facts);
  if (!filled) return fail(filled.error());
  std::string text = to_text(*filled);
  if (text.size() > limits::kWebhookBodyBytes) return too_long(text.size());
  return text;
}

}  // namespace slewd::rules
