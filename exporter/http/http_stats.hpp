// SPDX-License-Identifier: Apache-2.0
// Counters of the HTTP server. Written by the listener and the workers, read by the renderer of the
// page: atomics, no lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/timeline.hpp"
#include "exporter/http/framing.hpp"
#include "exporter/metrics/families.hpp"

namespace slewd::exporter {

// Label values of `handler`.
enum class Route {
  metrics,
  healthy,
  ready,
  status,
  sources,
  jumps,
  phases,
  history,
  rules,
  actions,
  control,
  page,
  other
};
inline constexpr std::array<std::string_view, 13> kRouteNames{
    "metrics", "healthy", "ready",   "status",  "sources", "jumps", "phases",
    "history", "rules",   "actions", "control", "page",    "other"};

// Label values of `reason`: the refusals of framing, then those of the listener.
enum class Rejection {
  malformed,
  head_too_large,
  body_too_large,
  unsupported,
  timeout,
  connections,
  host
};
inline constexpr std::array<std::string_view, 7> kRejectionNames{
    "malformed", "head_too_large", "body_too_large", "unsupported", "timeout", "connections",
    "host"};
[[nodiscard]] Rejection rejection_of(Refusal refusal);

class HttpStats {
 public:
  void answered(Route route, int status, Nanos took);
  void rejected(Rejection reason) { ++rejected_[static_cast<std::size_t>(reason)]; }
  void set_connections(std::size_t count) { connections_ = count; }

  void add_to(FamilySet& out) const;

 private:
  static constexpr std::array<int, 11> kCodes{200, 304, 400, 403, 404, 405,
                                              409, 421, 500, 501, 503};
  static constexpr std::array<double, 10> kBounds{50e-6, 100e-6, 500e-6, 1e-3, 5e-3,
                                                  10e-3, 50e-3,  100e-3, 1.0,  5.0};
  using Count = std::atomic<std::uint64_t>;

  std::array<std::array<Count, kCodes.size()>, kRouteNames.size()> answered_{};
  std::array<Count, kRejectionNames.size()> rejected_{};
  std::array<Count, kBounds.size() + 1> durations_{};
  Count duration_nanos_{};
  Count connections_{};
};

}  // namespace slewd::exporter
