// SPDX-License-Identifier: Apache-2.0
// How long a rule may be at work, and the locks that do not last so long.
#pragma once

#include <string>
#include <vector>

#include "base/timeline.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {

// Of its chain when every link uses up its timeout and its proof, with what a rollback takes back.
[[nodiscard]] Nanos longest_chain(const Rule& rule);

// One line for each rule that may still be at work when its lock lets the next node in, because the
// node that acts is frozen or cut off: the slot of such a holder is respected for the longer of the
// lock's `ttl` and `interval`. Rules that are off are left out.
[[nodiscard]] std::vector<std::string> locks_that_end_too_early(const RuleFile& file);

}  // namespace slewd::rules
