// A JsonValue as JSON text again.
#pragma once

#include <string>

#include "base/json_document.hpp"

namespace slewd {

// On one line, members in their order. Texts that are no UTF-8 come out as they are.
[[nodiscard]] std::string to_text(const JsonValue& value);

}  // namespace slewd
