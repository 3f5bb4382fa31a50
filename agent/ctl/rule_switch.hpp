// SPDX-License-Identifier: Apache-2.0
// slewctl rules enable, disable: what a rule does, set by a file of its own among the operator's
// rule files, and what the machine lacks for it.
#pragma once

#include <string>

#include "agent/ctl/doctor_units.hpp"
#include "base/result.hpp"
#include "rules/rule.hpp"

namespace slewd::app {

struct RuleSwitch {
  std::string rule;
  rules::RuleMode mode = rules::RuleMode::shadow;
  std::string reason;
  std::string config;  // path; its rules.folder gets the file
};

// Writes the file; the answer names it, what is missing and how to get it, and what to do next. The
// daemon does not know of it before it reads its configuration again.
[[nodiscard]] Result<std::string> switch_rule(const RuleSwitch& wanted,
                                              const UnitFolders& folders = {});

}  // namespace slewd::app
