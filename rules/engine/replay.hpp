// SPDX-License-Identifier: Apache-2.0
// Repeats a recorded decision from the same rule, the same memory and the same facts.
#pragma once

#include <string>

#include "rules/engine/decision.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {

struct Replayed {
  bool same = false;
  // What differs, one line of text: the rule is gone or has changed since, or the decision
  // then and the decision now.
  std::string difference;
};

// `file` holds the rule as it is now. For a rule that has changed the answer is what it would
// decide now.
[[nodiscard]] Replayed replay(const Decision& recorded, const RuleFile& file);

}  // namespace slewd::rules
