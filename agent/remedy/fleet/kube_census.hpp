// SPDX-License-Identifier: Apache-2.0
// What the nodes that run slewd report to one another: each keeps a Lease PREFIX-NODE with two
// annotations, is its clock well, and is it ahead or behind. Written on change and every 5 minutes;
// read, as metadata only and from the API's cache, when a rule is about to act, at most every
// 30 s. Agent thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/fleet/kube_api.hpp"
#include "agent/remedy/fleet/storm_judge.hpp"

namespace slewd::remedy {

// The nodes of a list of Leases, as the API answers it. Items that are none of ours are passed
// over, and those whose name is not PREFIX-NODE: no node reports for another one. Errors: invalid,
// when it is no list; limit, beyond limits::kFleetNodes.
[[nodiscard]] Result<std::vector<NodeReport>> parse_census(std::string_view json,
                                                           const std::string& prefix);

// Must live as long as the KubeApi answers to it.
class KubeCensus {
 public:
  using CorrectedTime = std::function<WallTime()>;

  KubeCensus(os::Reactor& reactor, KubeApi& api, std::string prefix, StormPlan plan,
             CorrectedTime corrected);

  // Of the nodes with the same sign, above which it is a storm.
  void set_share(double share) { judge_.set_share(share); }
  // Our own state: cheap when it has not changed.
  void report(OffsetSign sign, bool well);
  // A rule would act: the census must be fresh. Call it at each look for as long as that holds.
  void look();

  // Called when a storm begins.
  void on_storm(std::function<void(const StormView&)> call) { on_storm_ = std::move(call); }
  // No storm as long as nothing was read: `fresh()` tells.
  [[nodiscard]] const StormView& storm() const { return judge_.view(); }
  // Nothing when the last reading is older than 90 s.
  [[nodiscard]] std::optional<FleetHealth> health() const;
  // The same with the reason. Errors: unavailable.
  [[nodiscard]] Result<FleetHealth> known_health() const;
  [[nodiscard]] bool fresh() const { return health().has_value(); }
  // Why the last reading or writing failed; empty when it did not.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  [[nodiscard]] std::string path() const;
  [[nodiscard]] std::string lease_text() const;
  void write();
  void create();
  void on_written(const Result<HttpResponse>& answer);
  void on_list(const Result<HttpResponse>& answer);

  os::Reactor& reactor_;
  KubeApi& api_;
  std::string prefix_;
  CorrectedTime corrected_;
  StormJudge judge_;
  OffsetSign sign_ = OffsetSign::none;
  bool well_ = false;
  bool reported_ = false;
  bool writing_ = false;
  bool changed_ = false;  // while writing
  bool listing_ = false;
  std::optional<BootTime> asked_;
  std::string problem_;
  std::function<void(const StormView&)> on_storm_;
  os::Timer heartbeat_;
};

}  // namespace slewd::remedy
