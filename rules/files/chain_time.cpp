// SPDX-License-Identifier: Apache-2.0
#include "rules/files/chain_time.hpp"

#include <algorithm>

#include "base/duration.hpp"

namespace slewd::rules {

Nanos longest_chain(const Rule& rule) {
  Nanos total{};
  Nanos undone{};
  for (const Link& link : rule.links) {
    total += link.timeout + (link.verify ? link.verify->within : Nanos{0});
    if (link.undo) undone += link.timeout;
    if (link.on_fail == OnFail::rollback) return total + undone;
    if (link.on_fail == OnFail::stop) break;
  }
  return total;
}

std::vector<std::string> locks_that_end_too_early(const RuleFile& file) {
  std::vector<std::string> lines;
  for (const Rule& rule : file.rules) {
    const FleetLock* lock = file.find_lock(rule.fleet);
    if (lock == nullptr || rule.mode == RuleMode::off) continue;
    const Nanos held = std::max(lock->ttl, lock->interval);
    const Nanos chain = longest_chain(rule);
    if (chain <= held) continue;
    lines.push_back(rule.file + ": rule '" + rule.name + "' may act for up to " + format(chain) +
                    ", but its lock '" + lock->name + "' (" + lock->file + ": interval " +
                    format(lock->interval) + ", ttl " + format(lock->ttl) + ") waits only " +
                    format(held) + " for a node that is frozen or cut off" +
                    ", after which a second node acts at the same time: raise interval to " +
                    format(chain) + " or more");
  }
  return lines;
}

}  // namespace slewd::rules
