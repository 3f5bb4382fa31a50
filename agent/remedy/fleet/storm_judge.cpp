// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/storm_judge.hpp"

#include <algorithm>
#include <utility>

namespace slewd::remedy {
namespace {

int count(const std::vector<const NodeReport*>& reports, OffsetSign sign) {
  return static_cast<int>(
      std::ranges::count_if(reports, [&](const auto* report) { return report->sign == sign; }));
}

}  // namespace

std::vector<const NodeReport*> StormJudge::present(const std::vector<NodeReport>& reports,
                                                   BootTime now) {
  std::map<std::string, Seen> seen;
  std::vector<const NodeReport*> present;
  for (const NodeReport& report : reports) {
    const auto before = seen_.find(report.node);
    const bool same = before != seen_.end() && before->second.version == report.version;
    const BootTime changed = same ? before->second.changed : now;
    seen.insert_or_assign(report.node, Seen{report.version, changed});
    if (now - changed <= plan_.gone) present.push_back(&report);
  }
  seen_ = std::move(seen);
  return present;
}

bool StormJudge::observe(const std::vector<NodeReport>& reports, BootTime now) {
  const auto nodes = present(reports, now);
  observed_ = now;
  health_.nodes = static_cast<int>(nodes.size());
  health_.well = static_cast<int>(
      std::ranges::count_if(nodes, [](const auto* report) { return report->well; }));
  const int ahead = count(nodes, OffsetSign::ahead);
  const int behind = count(nodes, OffsetSign::behind);
  const int most = std::max(ahead, behind);
  const bool bad = most >= plan_.nodes && most > plan_.share * health_.nodes;
  const bool before = view_.storm;
  if (bad) {
    last_bad_ = now;
    view_ = {true, std::to_string(most) + " of " + std::to_string(health_.nodes) +
                       " nodes have clocks that are " + (ahead >= behind ? "ahead" : "behind") +
                       ": suspect a time source, not the nodes"};
  } else if (before && now - last_bad_ >= plan_.calm) {
    view_ = {};
  }
  return view_.storm && !before;
}

}  // namespace slewd::remedy
