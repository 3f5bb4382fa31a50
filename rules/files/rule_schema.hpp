// SPDX-License-Identifier: Apache-2.0
// The JSON Schema (draft 2020-12) of rule files, for editors. It is made by the decoders
// themselves: they read a built-in example that has every kind of object, and what they ask for is
// noted.
#pragma once

#include <string>
#include <string_view>

namespace slewd::rules {

// Pretty-printed, newline at the end. The same program gives the same bytes.
[[nodiscard]] std::string rule_schema();

// The example that they read. Every kind of action and of probe is in it; it is no good rule file.
[[nodiscard]] std::string_view rule_schema_example();

}  // namespace slewd::rules
