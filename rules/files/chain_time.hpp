// SPDX-License-Identifier: Apache-2.0
// How long a rule may act, and the locks that do not last so long.
#pragma once

#include <string>
#include <vector>

#include "base/timeline.hpp"
#include "rules/rule.hpp"

namespace slewd::rules {

// The longest time of its chain: every link's timeout and verification, and a rollback.
[[nodiscard]] Nanos longest_chain(const Rule& rule);

// One line for each rule that may still act when its lock admits the next node, because the
// acting node is frozen or cut off: the slot of such a holder is kept for the longer of the
// lock's `ttl` and `interval`. Rules that are off are left out.
[[nodiscard]] std::vector<std::string> locks_that_end_too_early(const RuleFile& file);

}  // namespace slewd::rules
