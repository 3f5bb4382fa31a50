// SPDX-License-Identifier: Apache-2.0
// A small scenario as text, for the tests of its reader and of its telling.
#pragma once

#include <string>

namespace slewd::tests {

// `members` are put beside schema, name and length; they may be empty.
inline std::string scenario_text(const std::string& members = "",
                                 const std::string& length = "1h") {
  return R"({"schema": "slewd.scenario/1", "name": "story", "length": ")" + length + "\"" +
         (members.empty() ? "" : ", " + members) + "}";
}

}  // namespace slewd::tests
