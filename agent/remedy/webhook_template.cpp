#include "agent/remedy/webhook_template.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::remedy {
namespace {

using Json = nlohmann::ordered_json;

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
        return fail(ErrorCode::invalid, "no variable is named '" + std::string(name) + "'" +
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

Result<void> fill_all(Json& value, const WebhookFacts& facts, int depth) {
  if (depth > limits::kJsonDepth)
    return fail(ErrorCode::limit,
                "nested deeper than " + std::to_string(limits::kJsonDepth) + " levels");
  if (value.is_string()) {
    auto filled = fill(value.get_ref<const std::string&>(), facts);
    if (!filled) return fail(filled.error());
    value = std::move(*filled);
  } else if (value.is_structured()) {
    for (auto& [key, member] : value.items()) {
      if (value.is_object() && key.find(kOpen) != std::string::npos)
        return fail(ErrorCode::invalid, "the key '" + key + "' names a variable");
      if (auto filled = fill_all(member, facts, depth + 1); !filled) return filled;
    }
  }
  return {};
}

}  // namespace

Result<std::string> expand_template(std::string_view json, const WebhookFacts& facts) {
  if (json.size() > limits::kWebhookBodyBytes)
    return fail(ErrorCode::limit, "a template of " + std::to_string(json.size()) + " bytes");
  Json value = Json::parse(json, nullptr, false);
  if (value.is_discarded()) return fail(ErrorCode::invalid, "the template is no JSON");
  if (auto filled = fill_all(value, facts, 1); !filled) return fail(filled.error());
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > limits::kHttpCallBodyBytes)
    return fail(ErrorCode::limit, "a message of " + std::to_string(text.size()) + " bytes");
  return text;
}

Result<void> check_template(std::string_view json) {
  const auto expanded = expand_template(json, {});
  if (!expanded) return fail(Error(expanded.error()).within("webhook"));
  return {};
}

}  // namespace slewd::remedy
