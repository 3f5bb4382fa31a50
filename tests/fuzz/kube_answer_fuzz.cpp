// SPDX-License-Identifier: Apache-2.0
// Any bytes as what the Kubernetes API answers, as a URL, and as a lock file: what is taken is
// within its bounds, and a Lease that was read can be written and read again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/remedy/fleet/kube_api.hpp"
#include "agent/remedy/fleet/kube_census.hpp"
#include "agent/remedy/fleet/lease_json.hpp"
#include "agent/remedy/fleet/lock_mark.hpp"
#include "base/check.hpp"
#include "base/url.hpp"

namespace {

using namespace slewd::remedy;

void read_lease(std::string_view bytes) {
  const auto lease = parse_lease(bytes);
  if (!lease) return;
  SLEWD_CHECK(!lease->resource_version.empty() && lease->transitions >= 0);
  const auto written = with_lease(bytes, *lease, true, {});
  SLEWD_CHECK(written.has_value());
  const auto again = parse_lease(*written);
  SLEWD_CHECK(again.has_value() && again->transitions == lease->transitions);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_lease(bytes);
  if (const auto nodes = parse_census(bytes, "slewd-node"))
    for (const NodeReport& node : *nodes) SLEWD_CHECK(!node.node.empty() && !node.version.empty());
  const auto failure = describe_failure({500, std::string(bytes), {}});
  SLEWD_CHECK(failure.find('\n') == std::string::npos);
  if (const auto url = parse_url(bytes)) {
    SLEWD_CHECK(url->port > 0 && url->target.starts_with('/'));
    const auto again = parse_url(url->origin() + url->target);
    SLEWD_CHECK(again.has_value() && again->origin() == url->origin());
  }
  if (const auto mark = parse_lock_mark(bytes)) {
    SLEWD_CHECK(parse_lock_mark(to_text(*mark)) == mark);
  }
  return 0;
}
