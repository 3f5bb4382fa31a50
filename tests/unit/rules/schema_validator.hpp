// SPDX-License-Identifier: Apache-2.0
// Judges a JSON document by a JSON Schema, as far as rule_schema() uses the language: type, enum,
// const, pattern, minimum, maximum, properties, required, additionalProperties, propertyNames,
// items, anyOf, oneOf, and $ref within the schema. Any other keyword is a failure of its own.
#pragma once

#include <string>
#include <vector>

#include "base/json_document.hpp"

namespace slewd::rules {

// One line for each thing that is wrong, with its path; empty = valid.
[[nodiscard]] std::vector<std::string> schema_problems(const JsonValue& schema,
                                                       const JsonValue& document);

}  // namespace slewd::rules
