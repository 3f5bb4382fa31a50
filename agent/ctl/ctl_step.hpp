// SPDX-License-Identifier: Apache-2.0
// `slewctl step`: shows what a planned step would do, or has it made and tells what became of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd::app {

struct StepArguments {
  bool yes = false;  // without it nothing is done
  bool json = false;
  std::string reason;
};

// What it meets, so that a test can stand in for the daemon.
struct StepWorld {
  std::function<Result<std::string>(const std::string& body)> step;  // POST /api/v1/step
  std::function<Result<std::string>()> actions;                      // GET /api/v1/actions
  std::function<bool()> wait;                   // before each look; false: wait no longer
  std::function<void(const std::string&)> say;  // while it is under way
};

struct StepEnd {
  std::string text;
  bool good = true;  // shown and not refused, or made
};

// Errors: the daemon's, or an answer that says nothing.
[[nodiscard]] Result<StepEnd> run_step(const StepArguments& arguments, const StepWorld& world);

}  // namespace slewd::app
