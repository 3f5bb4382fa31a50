// SPDX-License-Identifier: Apache-2.0
// slewctl rules enable, disable: sets the mode of a rule by a file in the folder of rule files, and
// lists what is missing on this machine.
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
  std::string config;  // path; the file is written to its rules.folder
};

// Writes the file; the answer names it, lists what is missing with the remedies, and the next step.
// It takes effect when the daemon reloads its configuration.
[[nodiscard]] Result<std::string> switch_rule(const RuleSwitch& wanted,
                                              const UnitFolders& folders = {});

}  // namespace slewd::app
