// The variables that the body of a webhook may name: "$(rule)" inside a JSON string.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace slewd::rules {

inline constexpr std::array<std::string_view, 7> kWebhookVariables{
    "rule", "action", "ending", "detail", "evidence", "node", "time"};

// The body of a webhook that gives none.
inline constexpr std::string_view kWebhookBody =
    R"body({"source":"slewd","node":"$(node)","rule":"$(rule)","evidence":"$(evidence)","time":"$(time)"})body";

// What is wrong with it: an unknown variable, a parenthesis that is not closed.
[[nodiscard]] std::optional<std::string> template_problem(std::string_view body);

// The body with each variable as `value_of` tells it, escaped for a JSON string. The body has no
// template_problem().
[[nodiscard]] std::string expand(std::string_view body,
                                 const std::function<std::string(std::string_view)>& value_of);

}  // namespace slewd::rules
