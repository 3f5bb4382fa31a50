// SPDX-License-Identifier: Apache-2.0
// Is the clock trouble of many nodes one trouble? When a bad time server misleads all of them, no
// node is to be repaired. Judged by what the nodes that run slewd report, without comparing clocks:
// a report counts for as long as it is seen to be renewed.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/timeline.hpp"

namespace slewd::remedy {

// How a node says that its clock stands, beyond the threshold that its configuration names.
enum class OffsetSign { none, ahead, behind };

struct NodeReport {
  std::string node;
  std::string version;  // changes whenever the node writes
  OffsetSign sign = OffsetSign::none;
  bool well = false;  // synchronised and harmless
};

struct StormPlan {
  double share = 0.3;  // of the nodes, with the same sign, above which it is a storm
  int nodes = 3;       // and at least so many
  // For which the share must stay below before a storm is over.
  Nanos calm = std::chrono::minutes(5);
  // After which a node that does not write no longer counts; nodes write every 5 minutes.
  Nanos gone = std::chrono::minutes(12);
};

struct StormView {
  bool storm = false;
  std::string reason;  // one line for people
};

struct FleetHealth {
  int nodes = 0;
  int well = 0;
};

class StormJudge {
 public:
  explicit StormJudge(StormPlan plan) : plan_(plan) {}
  void set_share(double share) { plan_.share = share; }

  // All nodes' reports, as read at `now`. True when a storm begins: worth an event.
  bool observe(const std::vector<NodeReport>& reports, BootTime now);

  [[nodiscard]] const StormView& view() const { return view_; }
  [[nodiscard]] FleetHealth health() const { return health_; }
  // Of the last observation; nothing before the first.
  [[nodiscard]] std::optional<BootTime> observed() const { return observed_; }

 private:
  struct Seen {
    std::string version;
    BootTime changed;
  };
  [[nodiscard]] std::vector<const NodeReport*> present(const std::vector<NodeReport>& reports,
                                                       BootTime now);

  StormPlan plan_;
  std::map<std::string, Seen> seen_;
  StormView view_;
  FleetHealth health_;
  std::optional<BootTime> observed_;
  BootTime last_bad_;
};

}  // namespace slewd::remedy
