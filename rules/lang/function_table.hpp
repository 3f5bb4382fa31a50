// SPDX-License-Identifier: Apache-2.0
// The functions of conditions as data, used by the parser and printed in docs/rules.md.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "rules/lang/expression.hpp"

namespace slewd::rules {

struct FunctionInfo {
  Function function;
  std::string_view name;
  std::uint32_t arguments;
  std::string_view usage;  // "abs(offset)"
  std::string_view help;
  std::uint32_t more = 0;  // arguments that may follow
};

[[nodiscard]] std::span<const FunctionInfo> function_table();
[[nodiscard]] const FunctionInfo* find_function(std::string_view name);
[[nodiscard]] const FunctionInfo& info(Function function);
[[nodiscard]] std::string suggest_function(std::string_view name);

}  // namespace slewd::rules
