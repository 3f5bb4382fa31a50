// SPDX-License-Identifier: Apache-2.0
// Comes to a recorded decision again: from the same rule, the same memory and the same facts.
#pragma once

#include <string>

#include "rules/engine/decision.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {

struct Replayed {
  bool same = false;
  // What differs, one line for people: the rule is gone or has changed since, or what was decided
  // then and what is decided now.
  std::string difference;
};

// `file` holds the rule as it is now. Of a rule that has changed the answer tells what it would
// decide today.
[[nodiscard]] Replayed replay(const Decision& recorded, const RuleFile& file);

}  // namespace slewd::rules
