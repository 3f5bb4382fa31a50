// SPDX-License-Identifier: Apache-2.0
// The check of slewd's own configuration: whether it can be read, which settings
// contradict each other, and whether it has the fault of KB2638243 (docs/w32time.md). Blocks on
// files.
#pragma once

#include <optional>
#include <string>

#include "agent/core/config.hpp"
#include "base/result.hpp"

namespace slewd::app {

struct ConfigCheck {
  bool sound = true;  // false: it can be read, but has a fault
  std::string text;
};

// An empty path means the built-in defaults. The error lists every mistake in the files.
[[nodiscard]] Result<ConfigCheck> check_config(const std::string& path);

// A valid setting that must be changed.
struct ConfigFault {
  std::string title;        // one line
  std::string explanation;  // with the numbers of the configuration, and the fixes
};
[[nodiscard]] std::optional<ConfigFault> find_fault(const core::CoreConfig& config);

}  // namespace slewd::app
