// SPDX-License-Identifier: Apache-2.0
// The JSON text of a webhook with ${variables} inside its strings. The text is parsed before the
// variables are filled in, so the value of a variable cannot change its structure.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd::rules {

// The variables. `time` is corrected UTC as text.
struct WebhookFacts {
  std::string rule;
  std::string action;
  std::string ending;
  std::string detail;
  std::string evidence;
  std::string node;
  std::string time;
};

inline constexpr std::array<std::string_view, 7> kWebhookVariables{
    "rule", "action", "ending", "detail", "evidence", "node", "time"};

// The body of a webhook without "body".
inline constexpr std::string_view kWebhookBody =
    R"({"source":"slewd","node":"${node}","rule":"${rule}","evidence":"${evidence}","time":"${time}"})";

// Called when a configuration is loaded. Errors: invalid, when the text is not JSON, when a
// variable is unknown or its brace not closed, when a key names a variable; limit, beyond
// limits::kWebhookBodyBytes or limits::kJsonDepth. "$${" stands for "${" itself.
[[nodiscard]] Result<void> check_template(std::string_view json);

// The text to send. Errors: as of check_template(), and limit when the result is too long.
[[nodiscard]] Result<std::string> expand_template(std::string_view json, const WebhookFacts& facts);

}  // namespace slewd::rules
