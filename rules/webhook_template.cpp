#include "rules/webhook_template.hpp"

#include <algorithm>

#include "base/json_text.hpp"
#include "rules/name_help.hpp"

namespace slewd::rules {
namespace {

constexpr std::string_view kOpen = "$(";

}  // namespace

std::optional<std::string> template_problem(std::string_view body) {
  for (std::size_t at = body.find(kOpen); at != std::string_view::npos; at = body.find(kOpen, at)) {
    at += kOpen.size();
    const std::size_t end = body.find(')', at);
    if (end == std::string_view::npos) return "'$(' without its ')'";
    const std::string_view name = body.substr(at, end - at);
    if (std::ranges::find(kWebhookVariables, name) == kWebhookVariables.end())
      return "unknown variable '" + std::string(name) + "'" +
             near_or_known(name, kWebhookVariables);
  }
  return std::nullopt;
}

std::string expand(std::string_view body,
                   const std::function<std::string(std::string_view)>& value_of) {
  std::string text;
  for (;;) {
    const std::size_t at = body.find(kOpen);
    const std::size_t end = at == std::string_view::npos ? at : body.find(')', at);
    if (end == std::string_view::npos) return text + std::string(body);
    text += body.substr(0, at);
    const std::string_view name = body.substr(at + kOpen.size(), end - at - kOpen.size());
    const std::string quoted = to_text(JsonValue(value_of(name), 0));
    text += std::string_view(quoted).substr(1, quoted.size() - 2);
    body.remove_prefix(end + 1);
  }
}

}  // namespace slewd::rules
