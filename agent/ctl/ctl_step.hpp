// SPDX-License-Identifier: Apache-2.0
// `slewctl step`: shows the plan of a step, or requests the step and shows its result.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd::app {

struct StepArguments {
  bool yes = false;  // false: only show the plan
  bool json = false;
  std::string reason;
};

// The daemon; tests replace it.
struct StepWorld {
  std::function<Result<std::string>(const std::string& body)> step;  // POST /api/v1/step
  std::function<Result<std::string>()> actions;                      // GET /api/v1/actions
  std::function<bool()> wait;                      // before each poll; false: stop waiting
  std::function<void(const std::string&)> remark;  // while the step runs
};

struct StepEnd {
  std::string text;
  bool good = true;  // shown and not refused, or executed
};

// Errors: the daemon's, or an answer that cannot be parsed.
[[nodiscard]] Result<StepEnd> run_step(const StepArguments& arguments, const StepWorld& world);

}  // namespace slewd::app
