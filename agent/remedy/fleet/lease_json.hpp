// SPDX-License-Identifier: Apache-2.0
// A Lease of coordination.k8s.io/v1 as the API writes it, and the few fields that we change in it.
#pragma once

#include <string>
#include <string_view>

#include "agent/remedy/fleet/lease_slots.hpp"
#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::remedy {

// Errors: invalid, when it is no Lease with a resourceVersion. A duration outside 0 to
// limits::kLeaseSeconds becomes the nearer of the two.
[[nodiscard]] Result<Lease> parse_lease(std::string_view json);

// The object to write: `object` as last read, with labels and all, and our fields. `now` is the
// corrected time, written for people. Errors: invalid, when `object` is no Lease.
[[nodiscard]] Result<std::string> with_lease(std::string_view object, const Lease& lease,
                                             bool taken, WallTime now);

}  // namespace slewd::remedy
