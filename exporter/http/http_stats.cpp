// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/http_stats.hpp"

#include <algorithm>
#include <string>

namespace slewd::exporter {

Rejection rejection_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::malformed:
      return Rejection::malformed;
    case Refusal::head_too_large:
      return Rejection::head_too_large;
    case Refusal::body_too_large:
      return Rejection::body_too_large;
    case Refusal::unsupported:
      return Rejection::unsupported;
  }
  return Rejection::malformed;
}

void HttpStats::answered(Route route, int status, Nanos took) {
  const auto* code = std::find(kCodes.begin(), kCodes.end(), status);
  // Handlers answer with the codes above; any other code is counted as an internal error.
  if (code == kCodes.end()) code = std::find(kCodes.begin(), kCodes.end(), 500);
  ++answered_[static_cast<std::size_t>(route)][static_cast<std::size_t>(code - kCodes.begin())];
  const auto* bound = std::lower_bound(kBounds.begin(), kBounds.end(), to_seconds(took));
  ++durations_[static_cast<std::size_t>(bound - kBounds.begin())];
  duration_nanos_ += static_cast<std::uint64_t>(std::max(took, Nanos{0}).count());
}

void HttpStats::add_to(FamilySet& out) const {
  for (std::size_t route = 0; route < kRouteNames.size(); ++route) {
    for (std::size_t code = 0; code < kCodes.size(); ++code) {
      const std::uint64_t count = answered_[route][code];
      // Each handler's success is exported from the start; errors appear with their first count.
      if (count == 0 && kCodes[code] != 200) continue;
      out.add("slewd_http_requests_total", count,
              {{"handler", kRouteNames[route]}, {"code", std::to_string(kCodes[code])}});
    }
  }
  for (std::size_t i = 0; i < kRejectionNames.size(); ++i) {
    out.add("slewd_http_rejected_total", rejected_[i].load(), {{"reason", kRejectionNames[i]}});
  }
  out.add("slewd_http_connections", connections_.load());
  std::array<std::uint64_t, kBounds.size() + 1> counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = durations_[i];
  out.add_histogram("slewd_http_request_duration_seconds", kBounds, counts,
                    static_cast<double>(duration_nanos_.load()) / 1e9);
}

}  // namespace slewd::exporter
