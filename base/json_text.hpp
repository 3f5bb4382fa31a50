// SPDX-License-Identifier: Apache-2.0
// A JsonValue as JSON text again.
#pragma once

#include <string>

#include "base/json_document.hpp"

namespace slewd {

// On one line, members in their order. Invalid UTF-8 in a text becomes U+FFFD, a number that is not
// finite null.
[[nodiscard]] std::string to_text(const JsonValue& value);

}  // namespace slewd
